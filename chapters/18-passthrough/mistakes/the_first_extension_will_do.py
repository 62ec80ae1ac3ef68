# step: 1
# file: reverseproxy/client_hello.py
# message: two extensions have a name, which cannot be, and it was read as
# why: once the name is there, nothing else is of interest


def hello(body):
    part = Part(body)
    part.take(2 + 32)
    for size in (1, 2, 1):
        part.vector(size)
    extensions = part.vector(2) if part.rest else Part(b"")
    if part.rest:
        raise HelloRefused("something more behind the extensions")
    while extensions.rest:
        kind, content = int.from_bytes(extensions.take(2)), extensions.vector(2)
        if kind == SERVER_NAME:
            return Hello(server_name(content))
    return Hello()
