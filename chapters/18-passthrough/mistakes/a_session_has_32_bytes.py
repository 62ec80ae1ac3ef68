# step: 1
# file: reverseproxy/client_hello.py
# message: before the extensions, and it says
# why: in every ClientHello that one looks at it has, and a fixed place is easily found


def hello(body):
    part = Part(body)
    part.take(2 + 32)
    part.take(1 + 32)
    for size in (2, 1):
        part.vector(size)
    extensions = part.vector(2) if part.rest else Part(b"")
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
