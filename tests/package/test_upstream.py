"""An upstream's URL: an origin, and what is below it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverseproxy import ConfigurationError
from reverseproxy.origin import Origin
from reverseproxy.upstream import Upstream


@pytest.mark.parametrize(
    ("url", "base", "authority"),
    [
        ("http://localhost:8000", b"", b"localhost:8000"),
        ("http://localhost/", b"/", b"localhost"),
        ("https://localhost:443/app", b"/app", b"localhost"),
        ("https://localhost:80/app/?key=1", b"/app/?key=1", b"localhost:80"),
        ("http://[::1]:8000?key=1&b", b"?key=1&b", b"[::1]:8000"),
        ("http://[::1]/a%2Fb//", b"/a%2Fb//", b"[::1]"),
    ],
)
def test_an_upstream_has_an_origin_and_a_base(url: str, base: bytes, authority: bytes) -> None:
    upstream = Upstream.parse(url)
    assert (upstream.base, upstream.authority) == (base, authority)
    assert str(upstream.origin) in str(upstream)


@given(
    host=st.from_regex(r"[a-z0-9]{1,10}|::[0-9a-f]{1,4}", fullmatch=True),
    port=st.integers(1, 65535),
    base=st.from_regex(r"(/[a-z%2F.~/]{0,6})?", fullmatch=True),
)
def test_an_upstream_is_parsed_from_what_it_writes(host: str, port: int, base: str) -> None:
    upstream = Upstream(Origin("http", host, port), base.encode())
    parsed = Upstream.parse(str(upstream))
    assert (parsed.origin, parsed.base) == (upstream.origin, upstream.base)


def test_a_key_in_the_query_is_not_logged() -> None:
    assert str(Upstream.parse("http://h/app?key=secret")) == "http://h:80/app?..."


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://h:0/app", "port"),
        ("ftp://h/app", "must start with"),
        ("http:/app", "written like"),
        ("http://me@h/app", "password"),
        ("http://h/app#top", "fragment"),
        ("http://h/caf\u00e9", "escaped"),
        ("http://h/?a=\u00e9", "escaped"),
        ("http://h/app?", "written like"),
        ("localhost:8000", "written like"),
    ],
)
def test_what_is_none_is_refused_by_its_whole_name(url: str, allowed: str) -> None:
    with pytest.raises(ConfigurationError, match=allowed) as caught:
        Upstream.parse(url)
    assert repr(url) in str(caught.value)
