"""Step 1: a URL, checked at the door."""

import pytest

from reverseproxy import ConfigurationError, ReverseProxy
from reverseproxy.origin import Origin
from tests.support.steps import step


@step(1)
@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://localhost:8000", Origin("http", "localhost", 8000)),
        ("https://example.org:8443/", Origin("https", "example.org", 8443)),
        ("http://192.0.2.7:1", Origin("http", "192.0.2.7", 1)),
    ],
)
def test_a_url_is_read_into_scheme_host_and_port(url: str, origin: Origin) -> None:
    """Origin.parse takes scheme, host and port out of a URL, with or without a slash at the end.

    Why: these three decide where a connection goes; everything later builds on them.
    Read: Step 1, "A URL, checked at the door".
    """
    assert Origin.parse(url) == origin


@step(1)
@pytest.mark.parametrize(("url", "port"), [("http://localhost", 80), ("https://localhost", 443)])
def test_a_port_that_is_not_written_is_the_schemes_own(url: str, port: int) -> None:
    """http without a port means 80, https means 443.

    Why: RFC 9110, sections 4.2.1 and 4.2.2, say so, and every browser and curl relies on it.
    Read: Step 1, "A URL, checked at the door".
    """
    assert Origin.parse(url).port == port


@step(1)
def test_case_and_brackets_are_not_part_of_an_origin() -> None:
    """HTTP://LocalHost and http://localhost are one origin; an IPv6 host loses its brackets.

    Why: hosts are compared later, and a socket wants the bare address; the brackets are only there
    to tell the address's colons from the port's.
    Read: Step 1, "A URL, checked at the door".
    """
    assert Origin.parse("HTTP://LocalHost:8000") == Origin("http", "localhost", 8000)
    assert Origin.parse("http://[::1]:8000").host == "::1"


REFUSED = {
    "no scheme": "//localhost:8000",
    "no scheme but a port": "localhost:8000",
    "another scheme": "ftp://localhost:21",
    "no slashes": "http:localhost",
    "no host": "http://:8000",
    "nothing": "",
    "port 0": "http://localhost:0",
    "port too large": "http://localhost:65536",
    "port not a number": "http://localhost:http",
    "a password": "http://me:secret@localhost:8000",
    "an empty user": "http://@localhost:8000",
    "a space": "http://local host:8000",
    "bad brackets": "http://[::1:8000",
}


@step(1)
@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_origin_is_refused_by_name(url: str) -> None:
    """add_target refuses a URL that is no origin: a ConfigurationError that quotes it.

    Why: a mistake in the configuration that is found at start costs a minute; found by the first
    client, it costs a night.
    Read: Step 1, "A URL, checked at the door".
    """
    try:
        with pytest.raises(ConfigurationError) as caught:
            ReverseProxy().add_target(url)
    except pytest.fail.Exception:
        pytest.fail(f"{url!r} was accepted as an origin")

    assert repr(url) in str(caught.value), "the message does not say which URL was wrong"
    assert caught.value.allowed, "the message does not say what is allowed"
