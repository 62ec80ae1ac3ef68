# step: 2
# file: reverseproxy/mux.py
# message: /foo/ is missing: a rule that ends with a slash would never be found
# why: cutting at slashes leaves the slashes out


def prefixes(path):
    while path not in (b"", b"/", b"*"):
        yield path
        path = path[: path.rfind(b"/")]
    yield path or b"/"
