"""An upstream's URL, and what is refused at the door."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverseproxy import ConfigurationError
from reverseproxy.origin import Origin


@given(
    scheme=st.sampled_from(["http", "https"]),
    host=st.from_regex(r"[a-z0-9]{1,10}(\.[a-z0-9]{1,5})?|::[0-9a-f]{1,4}", fullmatch=True),
    port=st.integers(1, 65535),
)
def test_an_origin_is_parsed_from_what_it_writes(scheme: str, host: str, port: int) -> None:
    origin = Origin(scheme, host, port)
    assert Origin.parse(str(origin)) == origin


@pytest.mark.parametrize("url", ["http://h/app", "http://h?a=1", "http://h#top"])
def test_an_upstream_is_no_more_than_scheme_host_and_port(url: str) -> None:
    with pytest.raises(ConfigurationError, match="must end after the host and port"):
        Origin.parse(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://h?",
        "http://h#",
        "http://[::1]x",
        "http://[::1]x:80",
        "http://[fe80::1%25eth0]",
        "http://h\\x",
        "http://h%41",
        "http://b\u00fccher.example",
        "http://h:+80",
        "http://h: 80",
        "http://h:8_0",
        "http://h:\u0661",
        "http://h:-1",
        "http://h\t",
        "http://@h",
        "http://256.256.256.256",
        "http://x[::1]",
        "http://\uff48",
        b"http://h",
        None,
        8000,
    ],
)
def test_what_urlsplit_would_let_through_is_refused_by_name(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Origin.parse(url)
    assert repr(url) in str(caught.value)


@given(st.text(alphabet="htps:/[]@?#.\\%1aZ ", max_size=24))
def test_a_text_is_an_origin_or_refused_and_nothing_else(text: str) -> None:
    try:
        origin = Origin.parse(text)
    except ConfigurationError:
        return
    assert origin.host
    assert origin.scheme in ("http", "https")
    assert 1 <= origin.port <= 65535
    assert Origin.parse(str(origin)) == origin
