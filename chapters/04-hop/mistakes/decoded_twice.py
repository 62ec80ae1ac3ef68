# step: 2
# file: reverseproxy/paths.py
# message: was refused: it was decoded twice
# why: decoding until nothing changes seems the safe thing, and reads what nobody else reads


def check_path(path):
    plain = canonical(path)
    while plain != (again := canonical(plain.replace(b"%25", b"%"))):
        plain = again
    if AMBIGUOUS.search(plain) or DOT_SEGMENT.search(plain):
        raise RequestRefused("the path holds a dot segment")
