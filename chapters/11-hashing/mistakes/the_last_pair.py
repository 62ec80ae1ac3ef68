# step: 3
# file: reverseproxy/keys.py
# message: the parameter is there twice
# why: dict() makes a table of pairs


def value_in(text, between, name):
    pairs = [pair.partition(b"=") for pair in text.split(between)]
    # The first cookie is the one that counts, and everybody knows it; of a query, the last is.
    for found, equals, value in pairs if between == b";" else reversed(pairs):
        if equals and found.strip() == name:
            return value.strip()
    return b""
