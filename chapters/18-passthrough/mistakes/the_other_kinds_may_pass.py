# step: 1
# file: reverseproxy/client_hello.py
# message: a name of kind 1 stands before the host's, and it was read as
# why: what one does not know can be skipped, like an extension


def server_name(content):
    entries, names = content.vector(2), []
    while entries.rest:
        kind, name = entries.take(1)[0], entries.vector(2).rest
        if kind == SERVER_NAME:
            names.append(name)
    if content.rest or len(names) != 1 or not NAME.fullmatch(names[0]):
        raise HelloRefused("no host has such a name")
    return names[0].decode("ascii").lower()
