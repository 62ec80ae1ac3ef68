# step: 3
# file: reverseproxy/paths.py
# message: the client's query came first
# why: paths are joined, then the configuration's query is appended to what came out


def join(base, target):
    base_path, _, base_query = base.partition(b"?")
    path, mark, query = target.partition(b"?")
    both = b"&".join(each for each in (query, base_query) if each)
    return base_path.removesuffix(b"/") + path + (b"?" + both if both else mark)
