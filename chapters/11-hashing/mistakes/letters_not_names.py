# step: 3
# file: reverseproxy/keys.py
# message: was read as b'bob'
# why: the name is in there, and behind it the value


def value_in(text, between, name):
    _, found, rest = text.partition(name + b"=")
    return rest.partition(between)[0].strip() if found else b""
