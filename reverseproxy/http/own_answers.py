"""What this proxy answers when it is the last that a request asks."""

from starlette.responses import PlainTextResponse, Response

from reverseproxy.message import RequestHead

SECRET = frozenset({b"authorization", b"cookie", b"proxy-authorization"})


def answer_here(head: RequestHead) -> Response:
    """An empty 200 for OPTIONS, what was heard for TRACE, and 405 for CONNECT: no tunnels here."""
    if head.method == "CONNECT":
        headers = {"allow": "", "connection": "close"}
        return PlainTextResponse("405 Method Not Allowed\n", 405, headers)
    if head.method == "TRACE":
        return Response(heard(head), media_type="message/http")
    return Response()


def heard(head: RequestHead) -> bytes:
    """The head as it came, without what is secret (RFC 9110, section 9.3.8)."""
    lines = [b"%b %b HTTP/%b" % (head.method.encode(), head.target, head.version.encode())]
    lines += [name + b": " + value for name, value in head.fields if name.lower() not in SECRET]
    return b"\r\n".join([*lines, b"", b""])
