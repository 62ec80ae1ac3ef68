"""What an intermediary changes in a message on its way: decisions about data, no I/O."""

from collections.abc import Iterable

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
