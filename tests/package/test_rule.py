"""Rules as people write them."""

from typing import Any

import pytest

from reverseproxy import ConfigurationError
from reverseproxy.rule import Rule

BAD = [
    ("host", "fid.dev:8080"),
    ("host", "*"),
    ("host", "a*.fid.dev"),
    ("host", "www.*.dev"),
    ("host", ""),
    ("host", "."),
    ("host", ".fid.dev"),
    ("host", "fid..dev"),
    ("host", "fid.dev.."),
    ("host", "bücher.example"),
    ("host", "http://fid.dev"),
    ("host", "fid dev"),
    ("host", "[::1]:80"),
    ("host", "a" * 254),
    ("host", b"fid.dev"),
    ("port", 0),
    ("port", 65536),
    ("port", "80"),
    ("port", True),
    ("path", ""),
    ("path", "foo"),
    ("path", "/foo bar"),
    ("path", "/foo?x=1"),
    ("path", "/foo#x"),
    ("path", "/é"),
    ("path", "/foo\n"),
    ("path", b"/foo"),
    ("exact_path", "foo"),
    ("exact_path", "/foo?"),
    ("methods", "GET"),
    ("methods", ""),
]


@pytest.mark.parametrize(("key", "value"), BAD)
def test_what_no_request_can_match_is_refused_by_name(key: str, value: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Rule.parse(**{key: value})  # type: ignore[arg-type]  # wrong on purpose
    assert str(caught.value).startswith(f"{key} {value!r}: ")
    assert caught.value.allowed


@pytest.mark.parametrize("method", ["", "GET POST", "GET,", 1])
def test_a_method_is_a_token(method: Any) -> None:
    with pytest.raises(ConfigurationError, match="methods "):
        Rule.parse(methods=["GET", method])


@pytest.mark.parametrize(
    ("name", "value"), [("", "1"), ("X:", "1"), ("X", "a\r\nb"), ("X", " a"), ("X", 1), (1, None)]
)
def test_a_header_is_a_token_and_a_value_that_can_be_sent(name: Any, value: Any) -> None:
    with pytest.raises(ConfigurationError, match="headers "):
        Rule.parse(headers={name: value})


def test_a_path_and_an_exact_path_are_one_too_many() -> None:
    with pytest.raises(ConfigurationError, match="exact_path '/b': is too much beside path '/a'"):
        Rule.parse(path="/a", exact_path="/b")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Fid.Dev.", "fid.dev"),
        ("*.Fid.dev", "*.fid.dev"),
        ("192.0.2.7", "192.0.2.7"),
        ("[::1]", "::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("my_service", "my_service"),
        ("a" * 253, "a" * 253),
    ],
)
def test_a_host_is_kept_as_requests_name_it(written: str, kept: str) -> None:
    assert Rule.parse(host=written).host == kept


def test_who_takes_get_takes_head() -> None:
    assert Rule.parse(methods=["GET"]).methods == {"GET", "HEAD"}
    assert Rule.parse(methods=["POST"]).methods == {"POST"}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule.parse(), "*"),
        (Rule.parse(host="fid.dev", path="/foo"), "fid.dev/foo"),
        (Rule.parse(port=80, exact_path="/foo"), "*:80/foo?"),
        (
            Rule.parse(host="::1", methods=["PUT"], headers={"B": "1", "A": None}),
            "::1 PUT a b: 1",
        ),
    ],
)
def test_a_rule_says_in_the_log_what_it_is(rule: Rule, words: str) -> None:
    assert str(rule) == words
