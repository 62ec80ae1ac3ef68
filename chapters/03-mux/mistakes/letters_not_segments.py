# step: 2
# file: reverseproxy/mux.py
# message: /foobar is taken for something below /foo
# why: what begins with the same letters is not in the same folder


def prefixes(path):
    for end in range(len(path), 0, -1):
        yield path[:end]
