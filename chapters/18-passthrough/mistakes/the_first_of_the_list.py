# step: 1
# file: reverseproxy/client_hello.py
# message: one list has two names, which cannot be, and it was read as
# why: a list has a first one, and nobody ever sends a second


def server_name(content):
    entries = content.vector(2)
    kind, name = entries.take(1)[0], entries.vector(2).rest
    if content.rest or kind != SERVER_NAME or not NAME.fullmatch(name):
        raise HelloRefused("no host has such a name")
    return name.decode("ascii").lower()
