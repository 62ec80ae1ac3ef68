# step: 1
# file: reverseproxy/retry.py
# message: a PUT may be sent again, and part of its body is gone
# why: PUT is idempotent, and nobody looked whether there is something left to put


def is_safe(method, failure, *, is_whole):
    return isinstance(failure, ConnectFailed) or method in REPEATABLE
