# step: 3
# file: reverseproxy/paths.py
# message: a slash was taken from the query, and not from the path
# why: the slash "at the end" is looked for before the query is off


def join(base, target):
    base_path, _, base_query = base.removesuffix(b"/").partition(b"?")
    path, mark, query = target.partition(b"?")
    both = b"&".join(each for each in (base_query, query) if each)
    return base_path.removesuffix(b"/") + path + (b"?" + both if both else mark)
