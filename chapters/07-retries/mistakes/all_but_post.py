# step: 1
# file: reverseproxy/retry.py
# message: a LOCK that was sent may be sent again
# why: POST and PATCH are the ones that everybody knows; the next one nobody knows


def is_safe(method, failure, *, is_whole):
    if not is_whole:
        return False
    return isinstance(failure, ConnectFailed) or method not in {"POST", "PATCH"}
