# step: 2
# file: reverseproxy/hop.py
# message: Connection travelled on because of its capital letter
# why: HOP_BY_HOP is in small letters, and the names on the wire are as their senders like them


def end_to_end(fields):
    return [(name, value) for name, value in fields if name not in HOP_BY_HOP]
