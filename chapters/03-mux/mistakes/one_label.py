# step: 2
# file: reverseproxy/mux.py
# message: *.fid.dev does not take c.b.a.fid.dev
# why: this is what a certificate's wildcard means, and no proxy's


def hosts(host):
    yield host
    dot = host.find(".", 1)
    if dot > 0:
        yield "*" + host[dot:]
    yield None
