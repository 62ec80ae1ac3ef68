"""What an intermediary changes in a message on its way: decisions about data, no I/O."""

from collections.abc import Iterable

from reverseproxy.errors import RequestRefused
from reverseproxy.message import Field

# They speak of one connection, and the proxy has two: one of its own to each side.
# RFC 9110, section 7.6.1; Keep-Alive and Proxy-Connection are what older software still sends.
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)


def end_to_end(fields: Iterable[Field]) -> list[Field]:
    """The fields that travel on: all but those of one connection, in their order.

    Names are compared without regard to case. A name may come several times; each line stays a
    line of its own (RFC 9110, section 5.3, explains why Set-Cookie must).
    """
    return [(name, value) for name, value in fields if name.lower() not in HOP_BY_HOP]


def check_request(method: str, fields: Iterable[Field]) -> None:
    """Raises RequestRefused for a request that would arrive as something else than was sent.

    Those are a tunnel (CONNECT), a method in small letters, which httpx does not leave so, a body
    in a transfer coding that we cannot undo, and an upgrade with a body: the parser before us stops
    at the upgrade and loses it.
    """
    lines = [(name.lower(), value.strip(b" \t").lower()) for name, value in fields]
    codings = [value for name, value in lines if name == b"transfer-encoding"]
    values = dict(lines)
    length = values.get(b"content-length", b"0")
    if method == "CONNECT":
        raise RequestRefused("CONNECT asks for a tunnel, and this proxy makes none")
    if method != method.upper():
        raise RequestRefused(f"the method {method!r} would arrive in capitals")
    if codings not in ([], [b"chunked"]):
        raise RequestRefused(f"the transfer codings {codings!r} are not understood")
    if b"upgrade" in values.get(b"connection", b"") and (codings or length != b"0"):
        raise RequestRefused("an upgrade with a body cannot be passed on")
