# step: 1
# file: reverseproxy/retry.py
# message: a POST that was sent may be sent again, after UpstreamTimeout('no answer in time')
# why: no answer came in time, so it looks as if nothing had happened


def is_safe(method, failure, *, is_whole):
    from reverseproxy.errors import UpstreamTimeout

    if not is_whole:
        return False
    return isinstance(failure, ConnectFailed | UpstreamTimeout) or method in REPEATABLE
