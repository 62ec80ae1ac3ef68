"""Step 2: one path, one meaning."""

import pytest

from reverseproxy.errors import RequestRefused
from reverseproxy.paths import check_path
from tests.support.loopback import ask, proxy_to, serving, upstream
from tests.support.steps import step

REFUSED = [
    *(b"/foo/../admin", b"/foo/./bar", b"/foo/..", b"/.", b"/.."),
    *(b"/foo/%2e%2e/admin", b"/foo/.%2E/admin", b"/foo/%2e"),
    *(b"/foo\\..\\admin", b"/foo%5cadmin", b"/foo%5Cadmin", b"/foo%00.png"),
    *(b"/foo%2f..%2fadmin", b"/foo%2F%2e%2E"),
    *(b"/foo/..;x/admin", b"/foo/.;/bar", b"/foo/..%3Bx/admin", b"/foo/%2e%2e%3b"),
    *(b"/foo/..%3Fx", b"/foo/..%23", b"/foo%2f.%2e%3f"),
]

ACCEPTED = [
    *(b"/", b"/foo", b"/foo/", b"//foo", b"/foo.png", b"/.well-known/acme", b"/foo/...", b"/..foo"),
    *(
        b"/foo..bar",
        b"/foo../bar",
        b"/foo..%2Fbar",
        b"/..%2e",
        b"/a%2Fb",
        b"/a%3Fb%23c",
        b"/foo;..",
    ),
    *(b"/caf%C3%A9", b"/%252e%252e/", b"/..%252f", b"/100%"),
]


@step(2)
@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.decode())
def test_a_path_that_can_mean_another_one_is_refused(path: bytes) -> None:
    """Dot segments, backslashes and NULs raise RequestRefused, however they are written.

    Why: the Mux reads the bytes, the upstream what it makes of them. When those are two paths, a
    rule guards the one and the client gets the other.
    Read: Step 2, "One path, one meaning".
    """
    try:
        check_path(path)
    except RequestRefused:
        return
    if b";" in path or b"%3B" in path:
        pytest.fail(f"{path!r} was accepted: some programs cut a segment off at the semicolon")
    if b"%3F" in path or b"%23" in path:
        pytest.fail(f"{path!r} was accepted: decoded first, the path ends at ? or #")
    if b"%" in path:
        pytest.fail(f"{path!r} was accepted: an escape hides what it stands for")
    pytest.fail(f"{path!r} was accepted: it can be read as another path")


@step(2)
@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.decode())
def test_a_path_with_one_meaning_passes(path: bytes) -> None:
    """Dots inside a name, `...`, `%2F` and an escaped percent sign are no reason to refuse.

    Why: a check that refuses good paths gets switched off. `/.well-known/` is where certificates
    are renewed, and %252e is an escaped percent sign and two letters: it is decoded once.
    Read: Step 2, "One path, one meaning".
    """
    try:
        check_path(path)
    except RequestRefused as error:
        if b"%25" in path:
            pytest.fail(f"{path!r} was refused: it was decoded twice")
        pytest.fail(f"{path!r} was refused, and has one meaning: {error}")


@step(2)
async def test_the_upstream_never_hears_of_it() -> None:
    """GET /foo/%2e%2e/admin: 400, and the upstream heard nothing. In a query it is just text.

    Why: refused means refused before the second request.
    Read: Step 2, "One path, one meaning".
    """
    async with upstream() as script, serving(proxy_to(script.url)) as address:
        bad = await ask(address, b"GET /foo/%2e%2e/admin HTTP/1.1\r\nHost: h\r\n\r\n")
        good = await ask(address, b"GET /foo.png?next=/../ HTTP/1.1\r\nHost: h\r\n\r\n")

    assert (bad.status, good.status) == (400, 200)
    assert [heard.line for heard in script.heard] == ["GET /foo.png?next=/../ HTTP/1.1"]
