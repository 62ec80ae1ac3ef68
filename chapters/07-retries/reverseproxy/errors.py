"""What can go wrong, sorted by whose fault it is."""


class ConfigurationError(ValueError):
    """Whoever set the proxy up made a mistake: found at start, not at the first request.

    `key` is the setting, `value` what it was, and `allowed` says in words what it can be.
    """

    def __init__(self, key: str, value: object, allowed: str) -> None:
        self.key, self.value, self.allowed = key, value, allowed
        super().__init__(f"{key} {value!r}: {allowed}")


class ExchangeError(Exception):
    """Something went wrong between a client and an upstream.

    `str(error)` is for the log, and so is `upstream`: its URL, or "" when none was asked.
    """

    upstream: str = ""


class ForwardingError(ExchangeError):
    """There is no answer to pass on, so the proxy writes one itself.

    `status` is what the client gets (RFC 9110, section 15).
    """

    status: int


class RequestRefused(ForwardingError):
    """The request may not, or cannot, be passed on: the client's fault, and it is told so."""

    status = 400


class RequestTimeout(ForwardingError):
    """The client stopped in the middle of its request, for longer than the proxy waits."""

    status = 408


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


class ConnectTimedOut(ConnectFailed, UpstreamTimeout):
    """No connection in time: nothing was sent, and it was too slow."""


class OutOfTime(ForwardingError):
    """The time that a request has in all is over, so no upstream gets another try.

    Whose fault it is, the error that it comes from says.
    """

    status = 504


class NothingLeft(ForwardingError):
    """The proxy itself has no file descriptor or memory left: our fault, and no upstream's."""

    status = 503


class ClientGone(Exception):
    """The client left: what is done for it can stop, and nobody is there to be told."""


class AnswerBroken(ExchangeError):
    """An answer ended too early, and its head is out: the connection has to be broken off.

    That is the last thing left to say, and the client can tell it from an end (RFC 9112, section
    8). It is raised to the server, which closes the connection; the proxy has logged why.
    """


class ClientStalled(AnswerBroken):
    """The client is there and takes nothing: even a close would wait for it."""
