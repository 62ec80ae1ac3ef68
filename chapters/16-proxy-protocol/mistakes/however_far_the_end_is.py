# step: 1
# file: reverseproxy/proxy_protocol/line.py
# message: a line of 2000 bytes, its end included, was read
# why: an end has come, so nobody waits for ever


def read(data):
    size = data.find(END)
    line = data[:size] if size >= 0 else data
    if size < 0:
        if len(data) >= LONGEST or b"\n" in line or b"\r" in line[:-1]:
            raise NotIntroduced("a PROXY line without an end")
        return None
    if UNKNOWN_LINE.fullmatch(line):
        return UNKNOWN, size + len(END)
    if not (match := LINE.fullmatch(line)):
        raise NotIntroduced("no PROXY line of version 1")
    return introduction(*match.groups()), size + len(END)
