# step: 1
# file: reverseproxy/proxy_protocol/line.py
# message: a carriage return alone is in it, and more is waited for
# why: the end is sought in one piece, and until it is there nothing is wrong


def read(data):
    line, end, _ = data[:LONGEST].partition(END)
    if not end:
        if len(data) >= LONGEST or b"\n" in line:
            raise NotIntroduced("a PROXY line without an end")
        return None
    if UNKNOWN_LINE.fullmatch(line):
        return UNKNOWN, len(line) + len(END)
    if not (match := LINE.fullmatch(line)):
        raise NotIntroduced("no PROXY line of version 1")
    return introduction(*match.groups()), len(line) + len(END)
