# step: 1
# file: reverseproxy/client_hello.py
# message: 0x0100 is no extension for names, 0x0000 is, and it
# why: all extensions that one meets have numbers below 256


def hello(body):
    part = Part(body)
    part.take(2 + 32)
    for size in (1, 2, 1):
        part.vector(size)
    extensions = part.vector(2) if part.rest else Part(b"")
    if part.rest:
        raise HelloRefused("something more behind the extensions")
    names = []
    while extensions.rest:
        kind, content = extensions.take(2)[1], extensions.vector(2)
        if kind == SERVER_NAME:
            names.append(server_name(content))
    if len(names) > 1:
        raise HelloRefused("two names")
    return Hello(names[0] if names else None)
