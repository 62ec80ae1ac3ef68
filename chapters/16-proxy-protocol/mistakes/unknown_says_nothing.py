# step: 1
# file: reverseproxy/proxy_protocol/line.py
# message: and what is behind it counts for nothing, was refused
# why: what says nothing has nothing behind it


def read(data):
    line, end, _ = data[:LONGEST].partition(END)
    if not end:
        if len(data) >= LONGEST or b"\n" in line or b"\r" in line[:-1]:
            raise NotIntroduced("a PROXY line without an end")
        return None
    if line == b"PROXY UNKNOWN":
        return UNKNOWN, len(line) + len(END)
    if not (match := LINE.fullmatch(line)):
        raise NotIntroduced("no PROXY line of version 1")
    return introduction(*match.groups()), len(line) + len(END)
