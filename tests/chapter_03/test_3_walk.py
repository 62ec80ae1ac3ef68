"""Step 3: the most specific first."""

from collections.abc import Iterator
from typing import Any

import pytest

from reverseproxy import mux as module
from reverseproxy.message import RequestHead
from reverseproxy.mux import Mux
from reverseproxy.rule import Rule
from tests.support.steps import step

RULES = {
    "any": Rule.parse(),
    "/": Rule.parse(path="/"),
    "/a": Rule.parse(path="/a"),
    "/foo": Rule.parse(path="/foo"),
    "port": Rule.parse(port=8080),
    "*.dev": Rule.parse(host="*.dev"),
    "*.fid.dev": Rule.parse(host="*.fid.dev"),
    "*.fid.dev /a": Rule.parse(host="*.fid.dev", path="/a"),
    "a.fid.dev": Rule.parse(host="a.fid.dev"),
    "a.fid.dev /a": Rule.parse(host="a.fid.dev", path="/a"),
    "a.fid.dev /a/": Rule.parse(host="a.fid.dev", path="/a/"),
    "a.fid.dev exactly /a/b": Rule.parse(host="a.fid.dev", exact_path="/a/b"),
    "a.fid.dev /a/b": Rule.parse(host="a.fid.dev", path="/a/b"),
    "a.fid.dev port /a": Rule.parse(host="a.fid.dev", port=8080, path="/a"),
}


def walked(head: RequestHead, *names: str) -> list[Any]:
    """The names of the rules, of all or of these, that are candidates for the request, in order."""
    mux = Mux()
    for name in names or RULES:
        target: Any = name  # a Mux does not look into its targets
        mux.add(RULES[name], target)
    return [target for _, target in mux.candidates(head)]


def get(target: bytes, host: bytes = b"a.fid.dev", port: int = 8080) -> RequestHead:
    """The head of a GET."""
    return RequestHead("GET", target, [(b"host", host)], port=port)


@step(3)
def test_an_exact_path_comes_before_the_longest_prefix() -> None:
    """For /a/b: the rule for exactly /a/b, then /a/b, /a/, /a, and any path.

    Why: the more a rule asks, the more its author was thinking of this request.
    Read: Step 3, "The most specific first".
    """
    names = [
        "a.fid.dev",
        "a.fid.dev /a",
        "a.fid.dev /a/",
        "a.fid.dev /a/b",
        "a.fid.dev exactly /a/b",
    ]
    assert walked(get(b"/a/b"), *names) == names[::-1]


@step(3)
def test_a_query_is_no_part_of_the_path() -> None:
    """/a/b?c is for the rule that asks for exactly /a/b, and /a?c for the one that asks for /a.

    Why: the path says what, the query says which of it. A rule that a ?x walks around is none.
    Read: Step 3, "The most specific first".
    """
    assert "a.fid.dev exactly /a/b" in walked(get(b"/a/b?c"))
    assert walked(get(b"/a?c"), "/a") == ["/a"], "a query hid the rule for /a from /a?c"
    assert walked(get(b"/a/b?c")) == walked(get(b"/a/b"))


@step(3)
def test_host_is_stronger_than_port_and_port_stronger_than_path() -> None:
    """All rules for a request come in the order host, port, path.

    Why: it must not depend on who was added first, and you must be able to say it in one line.
    Read: Step 3, "The most specific first".
    """
    got = walked(get(b"/a/b"))
    paths_first = got.index("/a") < got.index("*.dev")
    assert not paths_first, "a rule with a path and no host came before one with a host"
    assert got == [
        "a.fid.dev port /a",
        "a.fid.dev exactly /a/b",
        "a.fid.dev /a/b",
        "a.fid.dev /a/",
        "a.fid.dev /a",
        "a.fid.dev",
        "*.fid.dev /a",
        "*.fid.dev",
        "*.dev",
        "port",
        "/a",
        "/",
        "any",
    ]


@step(3)
def test_a_dead_end_is_not_the_end() -> None:
    """a.fid.dev has only /a, *.fid.dev has any path: /b on a.fid.dev is for *.fid.dev.

    Why: the rule for the host is the better one, and does not match. Whoever stops there answers
    404 to a request that another rule is for.
    Read: Step 3, "The most specific first".
    """
    got = walked(get(b"/b"), "a.fid.dev /a", "*.fid.dev")
    assert got, "the walk ended at a host that has no rule for this path"
    assert got == ["*.fid.dev"]


@step(3)
def test_what_asks_for_something_else_is_no_candidate() -> None:
    """Another host, another port, another path: nothing.

    Why: a proxy with a private site on one port and a public one on another must not mix them up.
    Read: Step 3, "The most specific first".
    """
    assert walked(get(b"/a", port=9090), "port", "a.fid.dev port /a") == []
    assert walked(get(b"/a", host=b"fid.dev"), "a.fid.dev", "*.fid.dev") == []
    assert walked(get(b"/ab"), "/a", "a.fid.dev /a", "a.fid.dev exactly /a/b") == []


@step(3)
def test_a_cut_makes_no_boundary() -> None:
    """The only rule is for /a: it does not take /ab. The only one is for /foo: not /foobar.

    Why: a path that is cut where the longest rule ends becomes that rule. Then whoever may see /a
    may also see /accounts.
    Read: Step 3, "The most specific first".
    """
    assert not walked(get(b"/ab"), "/a"), "/ab was cut to /a, and the rule for /a took it"
    assert not walked(get(b"/foobar"), "/foo"), "/foobar was cut to /foo, and its rule took it"
    assert walked(get(b"/a/b/c"), "/a", "any") == ["/a", "any"], "/a/b/c is below /a"


@step(3)
@pytest.mark.parametrize("target", [b"/" * 60_000, b"/a" * 30_000], ids=["slashes", "segments"])
def test_a_long_path_asks_for_no_more_prefixes_than_a_rule_can_have(
    target: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path of 60,000 bytes, and the longest rule has two: a handful of prefixes, no more.

    Why: a path is free for the one who sends it. If each byte of it costs you a lookup, twenty
    requests a second are enough to keep your proxy from doing anything else.
    Read: Step 3, "The most specific first".
    """
    prefixes, looked = module.prefixes, 0

    def counted(path: bytes) -> Iterator[bytes]:
        nonlocal looked
        for prefix in prefixes(path):
            looked += 1
            if looked > 100:
                pytest.fail("a path of 60,000 bytes was walked from its far end")
            yield prefix

    monkeypatch.setattr(module, "prefixes", counted)
    assert walked(get(target), "/a", "/", "any")[-2:] == ["/", "any"]
