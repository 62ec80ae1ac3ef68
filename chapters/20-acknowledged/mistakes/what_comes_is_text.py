# step: 1
# file: reverseproxy/lines/acknowledged.py
# message: b'ACK \xff' is nothing that was agreed on, and it raised UnicodeDecodeError
# why: an upstream says words


def number(line):
    if parts := re.fullmatch(r"ACK ([0-9]{1,18})\r?", line.decode()):
        return int(parts[1])
    raise ResponseBroken(f"it says {line!r}, and not ACK with a number")
