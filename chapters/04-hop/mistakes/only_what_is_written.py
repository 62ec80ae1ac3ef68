# step: 2
# file: reverseproxy/paths.py
# message: was accepted: an escape hides what it stands for
# why: `..` is what is in everybody's mind, and %2e%2e is what is on the wire


def check_path(path):
    segments = path.split(b"/")
    if b"." in segments or b".." in segments or b"\\" in path or b"\0" in path:
        raise RequestRefused("the path holds a dot segment")
