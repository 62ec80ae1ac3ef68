# step: 1
# file: reverseproxy/hop.py
# message: a whole line was taken for one name: Connection is a list with commas
# why: `Connection: close` is what one mostly sees, and it has no comma


def connection_options(fields):
    return frozenset(value.lower() for name, value in fields if name.lower() == b"connection")
