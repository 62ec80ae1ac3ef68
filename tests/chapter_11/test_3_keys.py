"""Step 3: what is the same?"""

import contextlib

import pytest

from reverseproxy import ReverseProxy
from reverseproxy.keys import Key, value_in
from reverseproxy.message import RequestHead
from tests.support.loopback import connection, exchange, serving, upstream
from tests.support.steps import step

CLIENT = "192.0.2.7"
"""The client as the proxy believes it; the peer of these requests is somebody else."""


def head(target: str = "/", *fields: tuple[str, str]) -> RequestHead:
    """A request for `target`, by way of a proxy at 10.0.0.9."""
    return RequestHead(
        method="GET",
        target=target.encode(),
        fields=[(name.encode(), value.encode()) for name, value in fields],
        version="1.1",
        scheme="http",
        client="10.0.0.9",
        port=7080,
    )


def key_of(key: str, target: str = "/", *fields: tuple[str, str]) -> bytes:
    """The key of such a request."""
    return Key.parse(key).of(head(target, *fields), CLIENT)


@step(3)
def test_the_address_is_the_one_that_is_believed() -> None:
    """The address is the client's, as the proxy believes it, and not the peer's.

    Why: behind another proxy all requests come from the same peer. They would all have one key, and
    one upstream.
    Read: Step 3, "What is the same?".
    """
    found = key_of("address")

    assert found == CLIENT.encode(), (
        f"the key is {found!r}: the peer, another proxy, and not the client"
    )


@step(3)
def test_a_path_is_a_key_without_its_query() -> None:
    """`/img/a.png?size=2` has the key `/img/a.png`.

    Why: a cache that sits behind the proxy then has each page once, and not once in each upstream.
    Read: Step 3, "What is the same?".
    """
    assert key_of("path", "/img/a.png?size=2") == b"/img/a.png"


@step(3)
@pytest.mark.parametrize(
    ("key", "target", "expected"),
    [
        ("path", "/A%2fb;v=1//c/../d", b"/A%2fb;v=1//c/../d"),
        ("path", "/docs/", b"/docs/"),
        ("query:q", "/?q=A;b=c", b"A;b=c"),
        ("query:q", "/?q=a?q=b", b"a?q=b"),
        ("header:X-User", "/", b', "Ann"; a=b, , C%20d,'),
    ],
)
def test_a_key_is_taken_as_it_stands_there(key: str, target: str, expected: bytes) -> None:
    """Nothing is decoded, cut or written in small letters: not a path, not a header, not a query.

    Why: two proxies that tidy up a little differently send the same page to different upstreams.
    Read: Step 3, "What is the same?".
    """
    found = key_of(key, target, ("X-User", ', "Ann"; a=b, , C%20d,'))

    assert found == expected, f"{expected!r} is what stands there, and the key is {found!r}"


@step(3)
def test_a_header_is_a_key_with_all_of_its_lines() -> None:
    """A header's value; capitals in its name make no difference; several lines are joined by ", ".

    Why: two lines with one name mean the same as one line with a comma (RFC 9110, section 5.3).
    Read: Step 3, "What is the same?".
    """
    assert key_of("header:X-User", "/", ("x-user", "ann")) == b"ann"
    found = key_of("header:X-User", "/", ("X-User", "ann"), ("A", "b"), ("x-user", "bob"))
    assert found == b"ann, bob", f"a header came in two lines, and its key is {found!r}"
    found = key_of("header:X-User", "/", ("X-User", ""), ("X-User", "ann"))
    assert found == b"ann", f"the header's first line is empty, and its key is {found!r}"
    found = key_of("header:X-User", "/", *(("X-User", value) for value in ("ann", "", "bob")))
    assert found == b"ann, bob", f"the second of three lines is empty, and the key is {found!r}"


COOKIES = {
    "session=ann": b"ann",
    "a=b; session=ann; c=d": b"ann",
    "a=b;session=ann": b"ann",
    "session = ann ;a=b": b"ann",
    "my_session=bob; session=ann": b"ann",
    "session_id=bob; session=ann": b"ann",
    "a=session=bob; session=ann": b"ann",
    "session=ann; session=bob": b"ann",
    "session; session=ann": b"ann",
    "session=YW5u==; a=b": b"YW5u==",
    'session="ann"': b'"ann"',
    "session=a%6En": b"a%6En",
    "Session=bob; session=ann": b"ann",
    "s%65ssion=bob; session=ann": b"ann",
    '"session"=bob; session=ann': b"ann",
    "$session=bob; session=ann": b"ann",
}


@step(3)
@pytest.mark.parametrize("line", COOKIES)
def test_a_cookie_is_found_among_others(line: str) -> None:
    """The first cookie with exactly that name; its value as it is written.

    Names are told apart by capitals, a value may hold `=`, and spaces around either do not count.
    Quotes and escapes stay, for they are a part of the value.

    Why: a browser sends what it has, in one line, and not only what is yours. Whoever looks for
    letters finds `my_session`.
    Read: Step 3, "What is the same?".
    """
    found = key_of("cookie:session", "/", ("Cookie", line))

    assert found != CLIENT.encode(), f"no cookie was found in {line!r}"
    assert found == COOKIES[line], f"the cookie in {line!r} was read as {found!r}"


@step(3)
def test_a_cookie_may_come_in_several_lines() -> None:
    """Two Cookie lines are read like one: the first pair with the name counts, even when empty.

    Why: over HTTP/2 browsers send each cookie in a line of its own (RFC 9113, section 8.2.3), and
    not everybody before us joins them.
    Read: Step 3, "What is the same?".
    """
    found = key_of("cookie:session", "/", ("Cookie", "a=b"), ("cookie", "session=ann; c=d"))

    assert found == b"ann", f"the cookie is in the second Cookie line, and the key is {found!r}"
    lines = [("Cookie", "a=b"), ("Cookie", "session=ann"), ("Cookie", "session=bob")]
    found = key_of("cookie:session", "/", *lines)
    assert found == b"ann", f"the second of three Cookie lines has it first: the key is {found!r}"
    found = key_of("cookie:session", "/", ("Cookie", "session="), ("Cookie", "session=ann"))
    assert found == CLIENT.encode(), (
        f"the first of two Cookie lines has it, empty, and the key is {found!r}"
    )


@step(3)
def test_the_first_of_a_querys_parameters_counts() -> None:
    """`?user=ann&user=bob` has the key `ann`; nothing is decoded.

    Why: which one counts is a matter of taste. That it is always the same one is not.
    Read: Step 3, "What is the same?".
    """
    assert key_of("query:user", "/?a=b&user=ann") == b"ann"
    found = key_of("query:user", "/?user=ann&user=bob&c")
    assert found == b"ann", f"the parameter is there twice, and the key is {found!r}"
    found = key_of("query:user", "/?user&user=bob")
    assert found == b"bob", f"the first `user` has no `=`, so it has no value: the key is {found!r}"
    assert key_of("query:user", "/?user=a%6En+") == b"a%6En+", "a parameter was decoded"
    found = key_of("query:user", "/?us%65r=bob&user=ann")
    assert found == b"ann", f"a parameter's name was decoded, and the key is {found!r}"


@step(3)
@pytest.mark.parametrize(
    ("key", "target", "fields"),
    [
        ("cookie:session", "/", [("Cookie", "a=b")]),
        ("cookie:session", "/", [("Cookie", "session=")]),
        ("cookie:session", "/", [("Cookie", "session=; session=ann")]),
        ("cookie:session", "/", [("Cookie", "session")]),
        ("cookie:session", "/", [("X", "session=ann")]),
        ("header:X-User", "/", [("X-Users", "ann")]),
        ("header:X-User", "/", [("X-User", "")]),
        ("header:X-User", "/", [("X-User", ""), ("X-User", "")]),
        ("query:user", "/?users=ann", []),
        ("query:user", "/?user=", []),
        ("query:user", "/?user=&user=ann", []),
        ("query:user", "/user=ann", []),
    ],
)
def test_without_a_key_a_request_goes_by_its_address(
    key: str, target: str, fields: list[tuple[str, str]]
) -> None:
    """What is missing or empty is no key. Then the client's address is.

    Of several pairs with that name the first one counts, and it counts when it is empty too.

    Why: the empty text is a key like any other, and all who have none would share it: everybody who
    has not logged in yet, at one upstream.
    Read: Step 3, "What is the same?".
    """
    found = key_of(key, target, *fields)

    assert found == CLIENT.encode(), f"there is no {key}, and the key is {found!r}"


@step(3)
def test_value_in_finds_the_first_pair_with_that_name() -> None:
    """Pairs of `name=value`: the first one with the name counts; without one it is b"".

    Why: cookies and queries are written alike, but for what stands between the pairs.
    Read: Step 3, "What is the same?".
    """
    assert value_in(b"a=1&b=2&a=3", b"&", b"a") == b"1"
    assert value_in(b"a=1; b=2", b";", b"b") == b"2"
    assert value_in(b"a&a=1", b"&", b"a") == b"1", "a pair without `=` has no value"
    assert value_in(b"a=&a=1", b"&", b"a") == b"", (
        "the first pair with the name is empty, and counts"
    )
    assert value_in(b"a=1&b=2", b"&", b"c") == b""
    assert value_in(b"", b"&", b"c") == b""


@step(3)
async def test_a_session_stays_where_it_is() -> None:
    """Three upstreams, a ring, a key: each session has all of its requests at one upstream.

    With the address for a key it is so for each client that a trusted proxy tells of.

    Why: it is what this chapter is for.
    Read: Step 3, "What is the same?".
    """
    async with contextlib.AsyncExitStack() as stack:
        them = [await stack.enter_async_context(upstream()) for _ in range(3)]
        urls = [each.url for each in them]
        proxy = ReverseProxy(trusted_proxies=["127.0.0.1"])
        proxy.add_target(urls, policy="ring", key="cookie:session")
        proxy.add_target(urls, path="/by-address", policy="ring")
        address = await stack.enter_async_context(serving(proxy))
        client = await stack.enter_async_context(connection(address))
        for number in [*range(12), *range(4)]:
            lines = f"Cookie: session={number}\r\nX-Forwarded-For: 192.0.2.{number}\r\n\r\n"
            for path in ("/", "/by-address"):
                request = f"GET {path} HTTP/1.1\r\nHost: h\r\n{lines}"
                assert (await exchange(*client, request.encode())).status == 200

        for name, path in (("cookie", "/"), ("x-forwarded-for", "/by-address")):
            line = f"GET {path} HTTP/1.1"
            heard = [[h for h in each.heard if h.line == line] for each in them]
            places = [{value for each in some for value in each.values(name)} for some in heard]
            assert sum(map(len, places)) == 12, f"the same {name} went to different upstreams"
            assert sum(map(bool, places)) > 1, f"12 different values of {name}, and all went to one"
