# step: 2
# file: reverseproxy/hop.py
# message: only the last Set-Cookie travelled on
# why: a dict has one value a name


def end_to_end(fields):
    kept = {name: value for name, value in fields if name.lower() not in HOP_BY_HOP}
    return list(kept.items())
