"""Step 3: below an upstream's path."""

import pytest

from reverseproxy.paths import join
from tests.support.loopback import ask, proxy_to, serving, upstream
from tests.support.steps import step


@step(3)
@pytest.mark.parametrize(
    ("base", "target", "joined"),
    [
        (b"/app", b"/foo", b"/app/foo"),
        (b"/app/", b"/foo", b"/app/foo"),
        (b"/app", b"/", b"/app/"),
        (b"/app//", b"/foo", b"/app//foo"),
        (b"/", b"/foo", b"/foo"),
        (b"", b"/foo/", b"/foo/"),
    ],
)
def test_one_slash_at_the_end_of_the_base_goes(base: bytes, target: bytes, joined: bytes) -> None:
    """/app and /foo make /app/foo, whether the first ends with a slash or not. One goes, not all.

    Why: to many applications /app//foo is another page than /app/foo, or none.
    Read: Step 3, "Below an upstream's path".
    """
    got = join(base, target)
    if got == target != joined:
        pytest.fail(f"the upstream's own path was lost: {base!r} and {target!r} became {got!r}")
    assert b"//" not in got or b"//" in base, f"two slashes came together in {got!r}"
    assert got == joined


@step(3)
@pytest.mark.parametrize(
    ("base", "target", "joined"),
    [
        (b"/app", b"//foo//", b"/app//foo//"),
        (b"/a%2Fb", b"/%66oo%2f", b"/a%2Fb/%66oo%2f"),
        (b"/app", b"/caf%c3%a9", b"/app/caf%c3%a9"),
        (b"/app", b"/http://x/", b"/app/http://x/"),
    ],
)
def test_nothing_else_changes(base: bytes, target: bytes, joined: bytes) -> None:
    """The client's own slashes and escapes stay as they are.

    Why: %2F and / are different to many applications, and a signed URL is signed to the last byte.
    Read: Step 3, "Below an upstream's path".
    """
    got = join(base, target)
    assert b"/app/foo" not in got, f"the client's own slashes were tidied up: {got!r}"
    assert got == joined


@step(3)
@pytest.mark.parametrize(
    ("base", "target", "joined"),
    [
        (b"/app?key=1", b"/foo?x=2", b"/app/foo?key=1&x=2"),
        (b"/app?key=1", b"/foo", b"/app/foo?key=1"),
        (b"?key=1", b"/foo", b"/foo?key=1"),
        (b"?key=1", b"/foo?", b"/foo?key=1"),
        (b"/app?next=/", b"/foo", b"/app/foo?next=/"),
        (b"/app/?next=/", b"/foo?x=2", b"/app/foo?next=/&x=2"),
        (b"/app", b"/foo?x=1&x=2", b"/app/foo?x=1&x=2"),
        (b"/app", b"/foo?a?b", b"/app/foo?a?b"),
        (b"/app", b"/foo?", b"/app/foo?"),
        (b"/app", b"/foo", b"/app/foo"),
    ],
)
def test_queries_are_joined_the_upstreams_first(base: bytes, target: bytes, joined: bytes) -> None:
    """?key=1 and ?x=2 make ?key=1&x=2; where only one has a query, that one stands alone.

    Where none has one, a `?` of the client's stays, like everything else of it.

    Why: many programs take the first of two values. What the configuration says should then win
    over what a client adds.
    Read: Step 3, "Below an upstream's path".
    """
    got = join(base, target)
    if b"x=2&key=1" in got:
        pytest.fail(f"the client's query came first: {got!r}")
    if b"next=/" in base and b"next=/" not in got:
        pytest.fail(f"a slash was taken from the query, and not from the path: {got!r}")
    if joined.endswith(b"?") and not got.endswith(b"?"):
        pytest.fail(f"the client's own question mark was lost: {got!r}")
    assert got == joined


@step(3)
async def test_a_target_can_be_a_place_within_an_upstream() -> None:
    """add_target("http://…/app/?key=1") asks for /app/foo?key=1&x=2 when the client asks for /foo.

    Why: an application that lives below a path is as common as one at the root.
    Read: Step 3, "Below an upstream's path".
    """
    async with upstream() as script, serving(proxy_to(f"{script.url}/app/?key=1")) as address:
        await ask(address, b"GET /foo?x=2 HTTP/1.1\r\nHost: h\r\n\r\n")

    assert script.heard[0].line == "GET /app/foo?key=1&x=2 HTTP/1.1"
