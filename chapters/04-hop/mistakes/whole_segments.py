# step: 2
# file: reverseproxy/paths.py
# message: some programs cut a segment off at the semicolon
# why: a dot segment is `..` and nothing else, says the RFC; `..;x` is one to Tomcat all the same


def check_path(path):
    plain = canonical(path)
    segments = plain.replace(b"%2F", b"/").split(b"/")
    if AMBIGUOUS.search(plain) or b"." in segments or b".." in segments:
        raise RequestRefused("the path holds a dot segment")
