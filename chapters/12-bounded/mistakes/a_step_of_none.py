# step: 3
# file: reverseproxy/policies/maglev.py
# message: a step of 0 in a table of 7 places
# why: modulo the size, like where it begins


def way(name, size):
    return hash64(name, 0) % size, hash64(name, 1) % size
