# step: 2
# file: reverseproxy/paths.py
# message: was refused, and has one meaning
# why: a search for `..` is one line, and takes /foo..bar for an attack


def check_path(path):
    plain = canonical(path)
    if AMBIGUOUS.search(plain) or b".." in plain or b"/." in plain or b"%2F." in plain:
        raise RequestRefused("the path holds dots")
