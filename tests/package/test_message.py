"""The head of a request."""

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverseproxy.http.asgi import request_head
from reverseproxy.message import RequestHead
from reverseproxy.rule import Rule


@given(st.binary())
def test_a_host_is_found_in_whatever_a_client_sends(value: bytes) -> None:
    host = RequestHead("GET", b"/", [(b"host", value)]).host
    assert host == host.lower()


@given(st.ip_addresses(v=6))
def test_an_ipv6_address_is_one_host_in_all_its_spellings(address: IPv6Address) -> None:
    spellings = (address.compressed, address.exploded, address.exploded.upper())
    heads = [RequestHead("GET", b"/", [(b"host", f"[{each}]:1".encode())]) for each in spellings]
    assert {head.host for head in heads} == {Rule.parse(host=address.exploded).host}


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/a?b=1", b"/a", b"b=1"),
        (b"/a", b"/a", b""),
        (b"/a?b?c", b"/a", b"b?c"),
        (b"?", b"", b""),
        (b"*", b"*", b""),
    ],
)
def test_a_path_ends_at_the_first_question_mark(target: bytes, path: bytes, query: bytes) -> None:
    head = RequestHead("GET", target, [])
    assert (head.path, head.query) == (path, query)


def test_values_come_in_order_and_regardless_of_case() -> None:
    head = RequestHead("GET", b"/", [(b"X", b"1"), (b"y", b"2"), (b"x", b"3")])
    assert head.values(b"x") == head.values(b"X") == [b"1", b"3"]
    assert head.values(b"z") == []


SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/a b",
    "raw_path": b"/a%20b",
    "query_string": b"c=%2F",
    "headers": [(b"host", b"h"), (b"x", b" 1 ")],
    "http_version": "1.1",
    "scheme": "http",
    "client": ("192.0.2.7", 5000),
    "server": ("127.0.0.1", 8080),
}


def test_a_head_is_made_of_what_the_server_tells() -> None:
    assert request_head(SCOPE) == RequestHead(
        method="POST",
        target=b"/a%20b?c=%2F",
        fields=[(b"host", b"h"), (b"x", b"1")],
        version="1.1",
        scheme="http",
        client="192.0.2.7",
        port=8080,
    )


@pytest.mark.parametrize("unknown", [{"client": None, "server": None}, {"server": ("h", None)}])
def test_addresses_may_be_unknown(unknown: dict[str, object]) -> None:
    scope = {**SCOPE, "client": None, **unknown}
    assert (request_head(scope).client, request_head(scope).port) == ("", 0)
