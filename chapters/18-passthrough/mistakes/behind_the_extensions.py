# step: 1
# file: reverseproxy/client_hello.py
# message: stands behind all extensions, and it was read as
# why: what is to be found is found, and the rest is no concern of a proxy


def hello(body):
    part = Part(body)
    part.take(2 + 32)
    for size in (1, 2, 1):
        part.vector(size)
    extensions = part.vector(2) if part.rest else Part(b"")
    names = []
    while extensions.rest:
        kind, content = int.from_bytes(extensions.take(2)), extensions.vector(2)
        if kind == SERVER_NAME:
            names.append(server_name(content))
    if len(names) > 1:
        raise HelloRefused("two names")
    return Hello(names[0] if names else None)
