# step: 2
# file: reverseproxy/paths.py
# message: decoded first, the path ends at ? or #
# why: an escaped ? is no end of a path, unless the program decodes before it looks for one


def check_path(path):
    plain = canonical(path).replace(b"%2F", b"/").replace(b"%3B", b";")
    segments = [segment.partition(b";")[0] for segment in plain.split(b"/")]
    if AMBIGUOUS.search(plain) or b"." in segments or b".." in segments:
        raise RequestRefused("the path holds a dot segment")
