# step: 3
# file: reverseproxy/paths.py
# message: two slashes came together
# why: whoever writes /app/ in the configuration means the same as with /app


def join(base, target):
    base_path, _, base_query = base.partition(b"?")
    path, mark, query = target.partition(b"?")
    both = b"&".join(each for each in (base_query, query) if each)
    return base_path + path + (b"?" + both if both else mark)
