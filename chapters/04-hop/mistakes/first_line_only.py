# step: 1
# file: reverseproxy/hop.py
# message: a Connection line was overlooked: there can be several
# why: one asks for "the" Connection field, and gets the first (CVE-2021-33197 in Go's proxy)


def connection_options(fields):
    for name, value in fields:
        if name.lower() == b"connection" and value:
            return frozenset(each.strip(b" \t").lower() for each in value.split(b",")) - {b""}
    return frozenset()
