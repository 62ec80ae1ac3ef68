# step: 2
# file: reverseproxy/mux.py
# message: a long host below fid.dev is not found there, or not soon
# why: with the names that people have, a few dots are all there is


def hosts(host):
    yield host
    dot = host.find(".", 1)
    while dot > 0:
        yield "*" + host[dot:]
        dot = host.find(".", dot + 1)
    yield None
