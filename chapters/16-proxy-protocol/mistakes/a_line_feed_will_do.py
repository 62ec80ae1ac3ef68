# step: 1
# file: reverseproxy/proxy_protocol/line.py
# message: a line feed alone is no end, and it was not refused
# why: every line reader takes both ends, and is liked for it


def read(data):
    line, end, _ = data[:LONGEST].partition(b"\n")
    if not end:
        if len(data) >= LONGEST or b"\r" in line[:-1]:
            raise NotIntroduced("a PROXY line without an end")
        return None
    line = line.removesuffix(b"\r")
    size = data.index(b"\n") + 1
    if UNKNOWN_LINE.fullmatch(line):
        return UNKNOWN, size
    if not (match := LINE.fullmatch(line)):
        raise NotIntroduced("no PROXY line of version 1")
    return introduction(*match.groups()), size
