# step: 1
# file: reverseproxy/client_hello.py
# message: within another extension is something like a name, and it says: Hello(name='thorn.test'
# why: a name is easily seen: two zeros, three lengths, and then letters


def hello(body):
    part = Part(body)
    part.take(2 + 32)
    for size in (1, 2, 1):
        part.vector(size)
    extensions = part.vector(2) if part.rest else Part(b"")
    if part.rest:
        raise HelloRefused("something more behind the extensions")
    found = re.search(rb"\0\0\0.\0.\0\0.([A-Za-z0-9_.-]+)", extensions.rest, re.DOTALL)
    return Hello(found[1].decode("ascii").lower() if found else None)
