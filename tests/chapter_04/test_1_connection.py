"""Step 1: what the sender calls its own."""

import pytest

from reverseproxy.errors import RequestRefused
from reverseproxy.hop import check_request, connection_options, end_to_end
from tests.support.loopback import ask, proxy_to, serving, upstream
from tests.support.steps import step


@step(1)
def test_connection_is_a_list_over_all_its_lines() -> None:
    """connection_options reads every Connection line, splits at commas, and knows no capitals.

    Why: two lines with one name are one list (RFC 9110, section 5.3), and an element of it may be
    empty. Go's proxy once looked at the first line only; an empty first line was enough to walk
    around it (CVE-2021-33197).
    Read: Step 1, "What the sender calls its own".
    """
    fields = [
        (b"Connection", b""),
        (b"Host", b"fid.dev"),
        (b"connection", b"close,X-Key ,, \tkeep-alive"),
        (b"CONNECTION", b"x-other"),
        (b"X-Connection", b"x-not-me"),
    ]

    names = connection_options(fields)

    if b"close,x-key ,, \tkeep-alive" in names:
        pytest.fail("a whole line was taken for one name: Connection is a list with commas")
    assert b"x-other" in names, "a Connection line was overlooked: there can be several"
    assert b"x-not-me" not in names, "X-Connection was taken for Connection"
    assert set(names) == {b"close", b"x-key", b"keep-alive", b"x-other"}


@step(1)
def test_named_fields_stay_on_their_connection() -> None:
    """end_to_end drops what HOP_BY_HOP has and what Connection names, and nothing else.

    The fields may come as a generator, which can be walked over once.

    Why: the sender has said that they are for its neighbour (RFC 9110, section 7.6.1). Who passes
    them on tells the next program something that it was not meant to hear.
    Read: Step 1, "What the sender calls its own".
    """
    fields = [
        (b"X-Key", b"1"),
        (b"Set-Cookie", b"a=1"),
        (b"Connection", b"x-key"),
        (b"Set-Cookie", b"b=2"),
        (b"Proxy-Authorization", b"Basic eDp5"),
        (b"X-Key-2", b"2"),
    ]

    travelled = end_to_end(field for field in fields)

    if not travelled:
        pytest.fail("nothing travelled on: a generator is empty after the first walk over it")
    assert (b"X-Key", b"1") not in travelled, "X-Key travelled on, though Connection names it"
    assert travelled == [fields[1], fields[3], fields[5]]


@step(1)
@pytest.mark.parametrize("name", [b"Host", b"cookie", b"X-Forwarded-For", b"forwarded", b"VIA"])
def test_a_request_that_gives_away_what_it_needs_is_refused(name: bytes) -> None:
    """check_request raises RequestRefused for `Connection: Host` and the like, in any line.

    Why: an attacker names a field so that a proxy drops it, and the upstream takes the request for
    somebody else's, or for one from inside. Nobody who means well does that.
    Read: Step 1, "What the sender calls its own".
    """
    fields = [(b"Host", b"fid.dev"), (b"Connection", b"close"), (b"Connection", b"x-key, " + name)]
    try:
        check_request("GET", fields)
    except RequestRefused:
        pass
    else:
        pytest.fail(f"Connection: {name.decode()} was accepted")

    check_request("GET", [(b"Host", b"fid.dev"), (name, b"x"), (b"Connection", b"close, x-key")])


@step(1)
async def test_it_holds_on_the_wire_in_both_directions() -> None:
    """Neither the upstream nor the client hears a field that the other's Connection names.

    Why: an answer is a message over one connection too, and an upstream has a Connection line as
    well.
    Read: Step 1, "What the sender calls its own".
    """
    request = b"GET / HTTP/1.1\r\nHost: h\r\nX-Key: 1\r\nConnection: close, X-Key\r\nAge: 7\r\n\r\n"
    answer = (
        b"HTTP/1.1 200 OK\r\nX-Up: 1\r\nConnection: X-Up\r\nAge: 8\r\nContent-Length: 0\r\n\r\n"
    )
    async with upstream(answer) as script, serving(proxy_to(script.url)) as address:
        got = await ask(address, request)

    heard = script.heard[0]
    assert (heard.values("x-key"), heard.values("age")) == ([], ["7"])
    assert (got.values("x-up"), got.values("age")) == ([], ["8"])
