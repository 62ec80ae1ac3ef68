# step: 4
# file: reverseproxy/http/outgoing.py
# message: a timeout was answered with 502: it has a status of its own
# why: httpx's timeouts are transport errors too, so the first case takes them all


def blame(error):
    match error:
        case httpx.ConnectError():
            return ConnectFailed(reason(error))
        case _:
            return ResponseBroken(reason(error))
