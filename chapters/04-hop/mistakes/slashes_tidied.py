# step: 3
# file: reverseproxy/paths.py
# message: the client's own slashes were tidied up
# why: posixpath.normpath and the like know one slash too many as a mistake; a client may mean it


def join(base, target):
    base_path, _, base_query = base.partition(b"?")
    path, mark, query = target.partition(b"?")
    both = b"&".join(each for each in (base_query, query) if each)
    joined = base_path.strip(b"/") + b"/" + path.lstrip(b"/")
    return b"/" + joined.lstrip(b"/") + (b"?" + both if both else mark)
