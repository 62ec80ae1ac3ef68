# step: 1
# file: reverseproxy/proxy_protocol/line.py
# message: no end in the first 107, and it was not refused
# why: as long as there is no end there is nothing to judge


def read(data):
    line, end, _ = data.partition(END)
    if b"\n" in line or b"\r" in line[:-1]:
        raise NotIntroduced("a PROXY line without an end")
    if not end:
        return None
    if UNKNOWN_LINE.fullmatch(line):
        return UNKNOWN, len(line) + len(END)
    if not (match := LINE.fullmatch(line)):
        raise NotIntroduced("no PROXY line of version 1")
    return introduction(*match.groups()), len(line) + len(END)
