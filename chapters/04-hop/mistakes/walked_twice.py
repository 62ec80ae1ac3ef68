# step: 1
# file: reverseproxy/hop.py
# message: nothing travelled on: a generator is empty after the first walk over it
# why: the fields are looked through once for Connection and once more for the rest


def end_to_end(fields):
    ends_here = HOP_BY_HOP | connection_options(fields)
    return [(name, value) for name, value in fields if name.lower() not in ends_here]
