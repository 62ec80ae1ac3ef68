# step: 1
# file: reverseproxy/retry.py
# message: nothing was sent, and the POST was given up
# why: POST must not be repeated, and so it gets no second try, not even its first


def is_safe(method, failure, *, is_whole):
    return is_whole and method in REPEATABLE
