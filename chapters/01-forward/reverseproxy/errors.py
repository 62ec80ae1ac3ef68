"""What can go wrong, sorted by whose fault it is."""


class ConfigurationError(ValueError):
    """Whoever set the proxy up made a mistake: found at start, not at the first request.

    `key` is the setting, `value` what it was, and `allowed` says in words what it can be.
    """

    def __init__(self, key: str, value: object, allowed: str) -> None:
        self.key, self.value, self.allowed = key, value, allowed
        super().__init__(f"{key} {value!r}: {allowed}")


class ForwardingError(Exception):
    """There is no answer to pass on, so the proxy writes one itself.

    `status` is what the client gets (RFC 9110, section 15); `str(error)` is for the log.
    """

    status: int


class RequestRefused(ForwardingError):
    """The request may not, or cannot, be passed on: the client's fault, and it is told so."""

    status = 400


class UpstreamError(ForwardingError):
    """The upstream gave no usable answer: never the client's fault."""

    status = 502


class ConnectFailed(UpstreamError):
    """No connection could be made, so nothing of the request was sent."""


class ResponseBroken(UpstreamError):
    """A connection was made, and it broke or spoke something other than HTTP."""


class UpstreamTimeout(UpstreamError):
    """The upstream took longer than the proxy is willing to wait."""

    status = 504
