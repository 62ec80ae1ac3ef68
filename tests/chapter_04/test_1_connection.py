"""Step 1: what the sender calls its own."""

from collections.abc import Iterable

import pytest

from reverseproxy.errors import RequestRefused
from reverseproxy.hop import check_request, connection_options, end_to_end
from tests.support.loopback import ask, proxy_to, serving, upstream
from tests.support.steps import step


def refuses(fields: Iterable[tuple[bytes, bytes]]) -> bool:
    try:
        check_request("POST", fields)
    except RequestRefused:
        return True
    return False


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
@pytest.mark.parametrize(
    "name", [b"Host", b"cookie", b"authorization", b"Content-Length", b"VIA", b" host\t"]
)
def test_a_request_that_gives_away_what_it_needs_is_refused(name: bytes) -> None:
    """check_request raises RequestRefused for `Connection: Host` and the like.

    Why: an attacker names a field so that a proxy drops it, and the upstream takes the request for
    somebody else's. Nobody who means well does that.
    Read: Step 1, "What the sender calls its own".
    """
    if not refuses([(b"Host", b"fid.dev"), (b"Connection", b"close, " + name)]):
        pytest.fail(f"Connection: {name.decode()} was accepted")

    assert not refuses([(b"Host", b"fid.dev"), (b"X-Key", b"1"), (b"Connection", b"close, x-key")])


@step(1)
@pytest.mark.parametrize(
    "name",
    [b"X-Forwarded-For", b"x-forwarded-proto", b"forwarded", b"X-Real-IP", b"X_Forwarded_FOR"],
)
def test_who_asked_cannot_be_named_away(name: bytes) -> None:
    """check_request raises RequestRefused when Connection names a field for which is_claim is true.

    Why: an upstream that hears nobody's address may take the request for one from inside. Such
    fields have many names, and some programs read `_` as `-`; a list of one's own misses some.
    Read: Step 1, "What the sender calls its own".
    """
    if not refuses([(b"Host", b"fid.dev"), (b"Connection", name)]):
        pytest.fail(f"{name.decode()} was named in Connection, and is_claim was not asked about it")


@step(1)
@pytest.mark.parametrize("name", [b"Host", b"X-Forwarded-For"])
def test_no_line_is_overlooked(name: bytes) -> None:
    """The bad name may stand in any of several Connection lines; the fields may be a generator.

    Why: `dict(fields)` keeps the last line, a search for "the" field finds the first, and a second
    walk over a generator finds none. Each lets a request through that had to be refused.
    Read: Step 1, "What the sender calls its own".
    """
    bad, good = (b"Connection", name), (b"connection", b"close")
    for lines in ([bad, good], [good, bad], [good, bad, good]):
        if not refuses([(b"Host", b"fid.dev"), *lines]):
            pytest.fail(f"check_request overlooked {name.decode()} in one of {len(lines)} lines")
    if not refuses(line for line in [good, bad]):
        pytest.fail("check_request found nothing in a generator: the first walk empties it")


@step(1)
@pytest.mark.parametrize("second", [b"X-A", b"close", b""])
@pytest.mark.parametrize("body", [(b"Content-Length", b"3"), (b"Transfer-Encoding", b"chunked")])
def test_an_upgrade_with_a_body_is_refused_in_any_line(
    body: tuple[bytes, bytes], second: bytes
) -> None:
    """`Connection: Upgrade` is found in every line, and refused when there is a body.

    Why: the server's parser stops at the upgrade and cannot read the body any more. A second
    Connection line hid the upgrade from a test that knows one line; that ended in a 500.
    Read: Step 1, "What the sender calls its own".
    """
    upgrade, other = (b"Connection", b"Upgrade"), (b"Connection", second)
    for lines in ([upgrade, other], [other, upgrade]):
        if not refuses([*lines, body]):
            pytest.fail("an upgrade with a body was accepted, because Connection has two lines")

    assert not refuses([upgrade, other]), "an upgrade without a body was refused"
    assert not refuses([(b"Connection", b"no-upgrade"), body]), "no-upgrade was taken for upgrade"


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
