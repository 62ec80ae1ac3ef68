# step: 1
# file: reverseproxy/client_hello.py
# message: TLS 1.0 may end before the extensions, and that was read as
# why: even if there are none, there is a length, and it is 0


def hello(body):
    part = Part(body)
    part.take(2 + 32)
    for size in (1, 2, 1):
        part.vector(size)
    extensions = part.vector(2)
    if part.rest:
        raise HelloRefused("something more behind the extensions")
    names = []
    while extensions.rest:
        kind, content = int.from_bytes(extensions.take(2)), extensions.vector(2)
        if kind == SERVER_NAME:
            names.append(server_name(content))
    if len(names) > 1:
        raise HelloRefused("two names")
    return Hello(names[0] if names else None)
