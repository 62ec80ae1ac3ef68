# step: 1
# file: reverseproxy/client_hello.py
# message: a length in
# why: a slice never fails, and what it gives is long enough


def server_name(content):
    entries = content.rest[2:]
    name = entries[3 : 3 + int.from_bytes(entries[1:3])]
    if entries[3 + len(name) :] or entries[:1] != bytes((SERVER_NAME,)) or not NAME.fullmatch(name):
        raise HelloRefused("no host has such a name")
    return name.decode("ascii").lower()
