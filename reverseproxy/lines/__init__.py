"""Lines: records of one line each, balanced one by one, whatever connection they came on."""
