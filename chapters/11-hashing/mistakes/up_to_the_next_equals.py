# step: 3
# file: reverseproxy/keys.py
# message: was read as b'YW5u'
# why: a pair has two parts, and = is between them


def value_in(text, between, name):
    for pair in text.split(between):
        found, *rest = pair.split(b"=")
        if found.strip() == name and rest:
            return rest[0].strip()
    return b""
