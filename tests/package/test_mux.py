"""The Mux against a reading of its promise that looks at every rule, one after the other."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reverseproxy import ConfigurationError
from reverseproxy.message import Field, RequestHead
from reverseproxy.mux import Match, Mux, hosts, prefixes
from reverseproxy.rule import Rule
from reverseproxy.target import Target


@dataclass(frozen=True)
class Written:
    """A rule as its author wrote it."""

    host: str | None
    port: int | None
    path: str | None
    exact_path: str | None
    methods: tuple[str, ...]
    headers: tuple[tuple[str, str | None], ...]

    def rule(self) -> Rule:
        return Rule.parse(
            host=self.host,
            port=self.port,
            path=self.path,
            exact_path=self.exact_path,
            methods=self.methods,
            headers=dict(self.headers),
        )


# Few letters, so that rules and requests meet often.
NAMES = ["b", "a.b", "a.a.b"]
METHODS = ["GET", "HEAD", "POST"]
paths = st.sampled_from(["/", "/a", "/a/", "/a/a", "/aa", "/a//"])
methods = st.sets(st.sampled_from(METHODS)).map(tuple)
headers = st.dictionaries(st.sampled_from(["X", "Y"]), st.sampled_from(["1", "2", None])).map(
    lambda wanted: tuple(sorted(wanted.items()))
)


@st.composite
def written(draw: st.DrawFn) -> Written:
    which = draw(st.sampled_from(["any", "prefix", "exact"]))
    path = draw(paths) if which != "any" else None
    return Written(
        host=draw(st.sampled_from([None, "*.b", "*.a.b", *NAMES])),
        port=draw(st.sampled_from([None, 1])),
        path=path if which == "prefix" else None,
        exact_path=path if which == "exact" else None,
        methods=draw(methods),
        headers=draw(st.just(()) | headers),
    )


# Rules that differ in methods and headers alone.
rivals = st.lists(
    st.builds(Written, *[st.none()] * 4, methods=methods, headers=headers),
    min_size=2,
    max_size=6,
    unique_by=Written.rule,
)

fields: st.SearchStrategy[list[Field]] = st.lists(
    st.tuples(st.sampled_from([b"x", b"Y"]), st.sampled_from([b"1", b"2"])), max_size=3
)
heads = st.builds(
    lambda method, host, path, fields, port: RequestHead(
        method, path.encode(), [(b"Host", host.encode()), *fields], port=port
    ),
    method=st.sampled_from([*METHODS, "PUT"]),
    host=st.sampled_from([*NAMES, "c.a.b", "*.a.b", ".b", ""]) | st.text("ab.", max_size=6),
    path=paths | st.sampled_from(["*", "/a?", "a", "/a//a", "/a/aa"]),
    fields=fields,
    port=st.sampled_from([0, 1, 2]),
)


def host_fits(pattern: str | None, host: str) -> bool:
    if pattern is None or pattern == host:
        return True
    end = pattern.removeprefix("*")
    return pattern != end and host.endswith(end) and host != end


def path_fits(rule: Written, path: str) -> bool:
    if rule.exact_path is not None:
        return path == rule.exact_path
    if rule.path is None or rule.path == path:
        return True
    below = rule.path if rule.path.endswith("/") else rule.path + "/"
    return path.startswith(below)


def headers_fit(rule: Written, head: RequestHead) -> bool:
    sent = [(name.lower().decode(), value.decode()) for name, value in head.fields]
    return all(
        any(name.lower() == each and value in (None, its) for each, its in sent)
        for name, value in rule.headers
    )


def specificity(rule: Written) -> tuple[object, ...]:
    """The larger, the more specific."""
    host = rule.host or ""
    path = rule.path or ""
    return (
        bool(host) and not host.startswith("*"),
        len(host),
        rule.port is not None,
        rule.exact_path is not None,
        len(path),
        bool(rule.methods),
        len(rule.headers),
    )


def naive(rules: list[Written], head: RequestHead) -> tuple[int | None, tuple[str, ...]]:
    """The number of the rule that wins; or the methods that would have had one."""
    best: int | None = None
    allowed: set[str] = set()
    for number, rule in enumerate(rules):
        methods = {*rule.methods, *(["HEAD"] if "GET" in rule.methods else [])}
        if not host_fits(rule.host, head.host) or rule.port not in (None, head.port):
            continue
        if not path_fits(rule, head.path.decode()) or not headers_fit(rule, head):
            continue
        if methods and head.method not in methods:
            allowed |= methods
        elif best is None or specificity(rule) > specificity(rules[best]):
            best = number
    return best, () if best is not None else tuple(sorted(allowed))


def muxed(rules: list[Written]) -> tuple[Mux, list[Target]]:
    mux = Mux()
    targets = [Target("http://h", str(number)) for number in range(len(rules))]
    for rule, target in zip(rules, targets, strict=True):
        mux.add(rule.rule(), target)
    return mux, targets


@settings(max_examples=300, deadline=None)
@given(
    rules=st.lists(written(), min_size=1, max_size=12, unique_by=Written.rule) | rivals,
    heads=st.lists(heads, min_size=8, max_size=20),
)
@example(
    rules=[
        Written("a.b", None, "/a", None, (), ()),
        Written("*.b", None, "/b", None, (), ()),
    ],
    heads=[RequestHead("GET", b"/b", [(b"host", b"a.b")])],
)
def test_the_mux_finds_what_a_look_at_every_rule_finds(
    rules: list[Written], heads: list[RequestHead]
) -> None:
    mux, targets = muxed(rules)
    for head in heads:
        best, allow = naive(rules, head)
        assert mux.match(head) == Match(None if best is None else targets[best], allow)


@given(st.text("ab.", max_size=12))
def test_the_hosts_of_a_host_are_all_different_and_end_with_any(host: str) -> None:
    found = list(hosts(host))
    assert found[0] == host
    assert found[-1] is None
    assert len(set(found)) == len(found)


@given(st.text("a/", max_size=12).map(lambda text: text.encode()))
def test_the_prefixes_of_a_path_grow_shorter(path: bytes) -> None:
    found = list(prefixes(path))
    lengths = [len(each) for each in found]
    assert all(path.startswith(each) for each in found)
    assert lengths == sorted(set(lengths), reverse=True)


@pytest.mark.parametrize(
    ("host", "target"), [(b"a." * 4000, b"/"), (b"a", b"/a" * 30_000), (b"a", b"/" * 60_000)]
)
def test_a_long_request_asks_no_more_than_the_longest_rule(host: bytes, target: bytes) -> None:
    mux, _ = muxed([Written(None, None, "/a/a", None, (), ())])
    asked: list[object] = []

    class Counted(dict[Any, Any]):
        def get(self, key: Any, default: Any = None) -> Any:
            asked.append(key)
            return super().get(key, default)

    mux._places = Counted({key: Counted(paths) for key, paths in mux._places.items()})
    mux.match(RequestHead("GET", target, [(b"host", host)]))
    assert len(asked) < 300


def test_a_rule_that_is_there_already_is_refused_by_name() -> None:
    mux, targets = muxed([Written("a", 1, "/a", None, ("GET",), (("X", None),))])
    with pytest.raises(ConfigurationError, match=r"rule 'a:1/a GET HEAD x': is there already"):
        mux.add(
            Rule.parse(host="A.", port=1, path="/a", methods=["HEAD", "GET"], headers={"x": None}),
            targets[0],
        )
