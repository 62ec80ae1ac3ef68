# step: 2
# file: reverseproxy/health/slow_start.py
# message: half of 2,000 keys each, and
# why: a key is a key, and its hash is even


def place(key, upstream):
    return hash64(key, 0) / 2**64
