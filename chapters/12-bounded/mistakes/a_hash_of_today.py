# step: 3
# file: reverseproxy/policies/maglev.py
# message: where it begins is not hash 0 modulo the size
# why: Python has a hash() built in, and it is fast


def way(name, size):
    return hash(name) % size, hash((name, 1)) % (size - 1) + 1
