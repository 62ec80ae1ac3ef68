# step: 1
# file: reverseproxy/lines/acknowledged.py
# message: b'ACK -1' is nothing that was agreed on
# why: int says itself what is a number, and what is none


def number(line):
    word, _, count = line.partition(b" ")
    try:
        if word == b"ACK" and len(count) <= 19:
            return int(count)
    except ValueError:
        pass
    raise ResponseBroken(f"it says {line!r}, and not ACK with a number")
