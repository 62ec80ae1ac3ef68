# step: 1
# file: reverseproxy/lines/acknowledged.py
# message: an upstream says OK, and the error says: not a number
# why: whoever reads the log will look at the upstream anyway


def number(line):
    if parts := re.fullmatch(rb"ACK ([0-9]{1,18})\r?", line):
        return int(parts[1])
    raise ResponseBroken("not a number")
