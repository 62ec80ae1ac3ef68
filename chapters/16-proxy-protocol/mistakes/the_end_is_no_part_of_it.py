# step: 1
# file: reverseproxy/proxy_protocol/line.py
# message: and what is left over is b'\r\n
# why: the length of the line is the length of the line


def read(data):
    line, end, _ = data[:LONGEST].partition(END)
    if not end:
        if len(data) >= LONGEST or b"\n" in line or b"\r" in line[:-1]:
            raise NotIntroduced("a PROXY line without an end")
        return None
    if UNKNOWN_LINE.fullmatch(line):
        return UNKNOWN, len(line)
    if not (match := LINE.fullmatch(line)):
        raise NotIntroduced("no PROXY line of version 1")
    return introduction(*match.groups()), len(line)
