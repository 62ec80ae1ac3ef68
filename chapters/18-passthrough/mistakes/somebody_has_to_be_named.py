# step: 1
# file: reverseproxy/client_hello.py
# message: it names nobody, which is allowed, and that was read as
# why: without a name there is nothing to go by


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
        kind, content = int.from_bytes(extensions.take(2)), extensions.vector(2)
        if kind == SERVER_NAME:
            names.append(server_name(content))
    if len(names) != 1:
        raise HelloRefused("not one name")
    return Hello(names[0])
