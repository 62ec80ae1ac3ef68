# step: 1
# file: reverseproxy/client_hello.py
# message: no host is called b'rose.test.', and it was taken for 'rose.test'
# why: a name with a dot behind it is the same name


def server_name(content):
    entries = content.vector(2)
    kind, name = entries.take(1)[0], entries.vector(2).rest.removesuffix(b".")
    if content.rest or entries.rest or kind != SERVER_NAME or not NAME.fullmatch(name):
        raise HelloRefused("no host has such a name")
    return name.decode("ascii").lower()
