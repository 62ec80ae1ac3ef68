# step: 1
# file: reverseproxy/proxy_protocol/line.py
# message: the rest was on its way, and this was refused: b'PROXY TCP4
# why: a carriage return that is not followed by a line feed is not allowed


def read(data):
    line, end, _ = data[:LONGEST].partition(END)
    if not end:
        if len(data) >= LONGEST or b"\n" in line or b"\r" in line:
            raise NotIntroduced("a PROXY line without an end")
        return None
    if UNKNOWN_LINE.fullmatch(line):
        return UNKNOWN, len(line) + len(END)
    if not (match := LINE.fullmatch(line)):
        raise NotIntroduced("no PROXY line of version 1")
    return introduction(*match.groups()), len(line) + len(END)
