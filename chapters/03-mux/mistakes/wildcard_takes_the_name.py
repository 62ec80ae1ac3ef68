# step: 2
# file: reverseproxy/mux.py
# message: *.fid.dev takes fid.dev
# why: a star that may stand for nothing looks like a convenience


def hosts(host):
    yield host
    rest = host
    while rest:
        yield "*." + rest
        rest = rest.partition(".")[2]
    yield None
