# step: 1
# file: reverseproxy/client_hello.py
# message: which is rose.test, and it says: Hello(name='ROSE.Test'
# why: not a byte is to be changed


def server_name(content):
    entries = content.vector(2)
    kind, name = entries.take(1)[0], entries.vector(2).rest
    if content.rest or entries.rest or kind != SERVER_NAME or not NAME.fullmatch(name):
        raise HelloRefused("no host has such a name")
    return name.decode("ascii")
