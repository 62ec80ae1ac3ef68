# step: 1
# file: reverseproxy/policies/ring.py
# message: two processes have built two rings
# why: Python has a hash function, and it is fast


def points(name, weight):
    return [hash((name, number)) % 2**32 for number in range(POINTS * weight)]
