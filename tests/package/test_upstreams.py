"""Upstreams: one or many, each place once."""

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverseproxy import ConfigurationError
from reverseproxy.paths import join
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams

places = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["a.example", "b.example", "[::1]"]),
    st.sampled_from(["", ":81", ":82"]),
    st.sampled_from(["", "/app", "/App", "/app/x", "//", "?key=1", "/app?key=1", "/app?key=/"]),
)


def respelled(url: str, *, capitals: bool, port: bool, slash: bool) -> str:
    """The same place, written in another way."""
    upstream = Upstream.parse(url)
    origin, base = str(upstream.origin), upstream.base.decode()
    if not port:
        origin = origin.removesuffix(":80" if origin.startswith("http:") else ":443")
    path, mark, query = base.partition("?")
    if slash and not path.endswith("/"):
        path += "/"
    return (origin.upper() if capitals else origin) + path + mark + query


@given(st.lists(places, min_size=1, unique=True))
def test_each_place_is_taken_once_and_in_order(urls: list[str]) -> None:
    upstreams = Upstreams.parse(url for url in urls)
    assert len(upstreams) == len(urls)
    assert list(upstreams[1:]) == list(upstreams)[1:]
    assert [str(each) for each in upstreams] == [str(Upstream.parse(url)) for url in urls]
    assert upstreams[0] in upstreams
    assert upstreams[-1] is upstreams[len(urls) - 1]


@given(
    st.lists(places, min_size=1, max_size=5, unique=True),
    st.data(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_a_place_that_is_there_is_refused_however_it_is_written(
    urls: list[str], data: st.DataObject, capitals: bool, port: bool, slash: bool
) -> None:
    again = respelled(data.draw(st.sampled_from(urls)), capitals=capitals, port=port, slash=slash)
    with pytest.raises(ConfigurationError, match="twice") as caught:
        Upstreams.parse([*urls, again])
    assert (caught.value.key, caught.value.value) == ("upstream", again)


@given(places, places, st.binary(max_size=8).map(lambda rest: b"/" + rest.replace(b"?", b"")))
def test_two_places_are_one_only_if_no_request_can_tell(
    one: str, other: str, target: bytes
) -> None:
    first, second = Upstream.parse(one), Upstream.parse(other)
    try:
        Upstreams.parse([one, other])
    except ConfigurationError:
        assert first.origin == second.origin
        assert join(first.base, target) == join(second.base, target)


def test_one_url_need_not_be_in_a_list() -> None:
    assert [str(each) for each in Upstreams.parse("http://a.example/app")] == [
        "http://a.example:80/app"
    ]


def test_nothing_is_refused_whatever_it_is_in() -> None:
    def nobody() -> Iterator[str]:
        yield from ()

    nothing: list[Iterable[str]] = [[], (), {}, nobody()]
    for none in nothing:
        with pytest.raises(ConfigurationError, match=r"upstreams.*at least one"):
            Upstreams.parse(none)


def test_what_is_no_url_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"'b\.example'"):
        Upstreams.parse(["http://a.example", "b.example"])
    with pytest.raises(ConfigurationError, match="must be text"):
        Upstreams.parse(b"http://a.example")  # type: ignore[arg-type] # bytes are numbers
