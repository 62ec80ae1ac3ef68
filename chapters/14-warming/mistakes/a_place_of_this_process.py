# step: 2
# file: reverseproxy/health/slow_start.py
# message: of http://10.0.0.3 is
# why: Python has a hash for everything, and in one process it is always the same


def place(key, upstream):
    return hash((key, upstream.name)) % 2**64 / 2**64
