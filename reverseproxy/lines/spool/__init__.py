"""The spool: an intake on a disk, which outlives the program."""
