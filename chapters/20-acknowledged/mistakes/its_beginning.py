# step: 1
# file: reverseproxy/lines/acknowledged.py
# message: b'ACK 1 ' is nothing that was agreed on
# why: what is looked for is there, and re.match finds it


def number(line):
    if parts := re.match(rb"ACK ([0-9]{1,18})", line):
        return int(parts[1])
    raise ResponseBroken(f"it says {line!r}, and not ACK with a number")
