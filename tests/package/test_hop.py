"""What changes in a message on its way over one hop."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverseproxy import ConfigurationError
from reverseproxy.errors import RequestRefused
from reverseproxy.forwarded import TrustedProxies, is_claim
from reverseproxy.hop import (
    HOP_BY_HOP,
    Hop,
    check_request,
    connection_options,
    count_down,
    end_to_end,
)
from reverseproxy.message import Field, RequestHead
from reverseproxy.upstream import Upstream

PLAIN = st.sampled_from([b"Age", b"X-Key", b"x-key", b"X-Connection", b"Set-Cookie", b"Via"])
OF_ONE_HOP = st.sampled_from([b"TE", b"te", b"Keep-Alive", b"Proxy-Authenticate", b"UPGRADE"])
NAMES = st.one_of(PLAIN, OF_ONE_HOP)
OPTIONS = st.lists(st.one_of(NAMES, st.just(b""), st.just(b"close")), max_size=3).flatmap(
    lambda names: st.lists(
        st.sampled_from([b",", b" ,", b",\t ", b" , , "]),
        min_size=len(names),
        max_size=len(names),
    ).map(lambda commas: b"".join(map(b"".join, zip(names, commas, strict=True))))
)
LINES = st.tuples(st.sampled_from([b"Connection", b"connection", b"CONNECTION"]), OPTIONS)
FIELDS = st.lists(st.one_of(st.tuples(NAMES, st.binary(max_size=3)), LINES), max_size=8)

UPSTREAM = Upstream.parse("http://localhost:8001/app")
GET = RequestHead("GET", b"/", [(b"Host", b"fid.dev")], client="192.0.2.7")


@given(FIELDS)
def test_fields_travel_in_order_or_not_at_all(fields: list[Field]) -> None:
    travelled = end_to_end(field for field in fields)
    rest = iter(fields)
    named = connection_options(fields)

    assert all(field in rest for field in travelled), "the order changed, or one was invented"
    for name, _ in travelled:
        assert name.lower() not in HOP_BY_HOP | named
    ended = [name.lower() for name, _ in fields if name.lower() in HOP_BY_HOP | named]
    assert len(travelled) + len(ended) == len(fields)


@given(st.lists(st.lists(NAMES, max_size=3), max_size=3))
def test_every_connection_line_is_read_whole(lines: list[list[bytes]]) -> None:
    fields = [(b"Connection", b" ,\t".join(names)) for names in lines]
    assert connection_options(fields) == {name.lower() for names in lines for name in names}


def test_a_name_that_only_resembles_one_travels_on() -> None:
    fields = [(b"Connection", b"X-Key, close"), (b"X-Key-2", b"a"), (b"X-Connection", b"X-Key-2")]
    assert end_to_end(fields) == fields[1:]


@pytest.mark.parametrize(
    "name",
    [
        *(b"Host", b"CONTENT-LENGTH", b"authorization", b"Cookie", b"Via", b"Forwarded"),
        *(b"X-Forwarded-For", b"x-forwarded-anything", b"X-Real-IP", b"x_forwarded_for"),
    ],
)
def test_what_a_request_needs_cannot_be_named_in_connection(name: bytes) -> None:
    with pytest.raises(RequestRefused):
        check_request("GET", [(b"Connection", b"close"), (b"connection", b"a,, " + name + b" ")])
    check_request("GET", [(b"X-Connection", name), (name, b"x"), (b"Connection", b"close")])


def test_a_body_in_an_unknown_coding_is_refused() -> None:
    with pytest.raises(RequestRefused):
        check_request("POST", [(b"Transfer-Encoding", b"gzip, chunked")])
    check_request("POST", [(b"transfer-encoding", b" Chunked")])


def test_an_upgrade_is_found_in_any_connection_line() -> None:
    fields = [(b"Connection", b"Upgrade"), (b"Connection", b"x-key"), (b"Content-Length", b"3")]
    with pytest.raises(RequestRefused):
        check_request("POST", fields)
    check_request("POST", fields[1:])


@given(left=st.integers(0, 10**9 - 1), method=st.sampled_from(["OPTIONS", "TRACE"]))
def test_a_hop_is_counted_down_to_none(left: int, method: str) -> None:
    head = replace(GET, method=method, fields=[(b"max-forwards", b"%d" % left), *GET.fields])
    onward = count_down(head)

    if left == 0:
        assert onward is None
    else:
        fields = [(b"max-forwards", b"%d" % (left - 1)), *GET.fields]
        assert onward == replace(head, fields=fields)


def test_other_methods_are_not_counted() -> None:
    for value in (b"0", b"two"):
        head = replace(GET, fields=[(b"Max-Forwards", value)])
        assert count_down(head) is head
    assert count_down(replace(GET, method="TRACE")) == replace(GET, method="TRACE")


@pytest.mark.parametrize("values", [[b"-1"], [b"+1"], [b"1_0"], [b""], [b"1", b"1"], [b"9" * 10]])
def test_what_counts_nothing_is_refused(values: list[bytes]) -> None:
    fields = [(b"Max-Forwards", value) for value in values]
    with pytest.raises(RequestRefused):
        count_down(replace(GET, method="OPTIONS", fields=fields))


@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"X-Forwarded-For", b"x_forwarded_host", b"Forwarded", b"X-Real-Ip"]),
            st.just(b"CLAIM"),
        ),
        max_size=5,
    )
)
def test_nothing_that_a_stranger_claims_travels_on(claims: list[Field]) -> None:
    head = replace(GET, fields=[*GET.fields, *claims, (b"X-Key", b"1")])
    sent = Hop().request_fields(head, UPSTREAM, preserve_host=True)

    assert not any(b"CLAIM" in value for _, value in sent)
    assert (b"X-Key", b"1") in sent
    assert len({name.lower() for name, _ in sent if is_claim(name)}) == 4


def test_a_trusted_peer_may_say_more_than_we_write_ourselves() -> None:
    said = [(b"X-Forwarded-Port", b"443"), (b"X-Real-IP", b"192.0.2.7"), (b"forwarded", b"for=x")]
    head = replace(GET, client="10.0.0.1", fields=[*GET.fields, *said])
    hop = Hop(trusted=TrustedProxies.parse(["10.0.0.1"]))
    sent = hop.request_fields(head, UPSTREAM, preserve_host=True)

    assert said[0] in sent
    assert said[1] in sent
    assert [value for name, value in sent if name.lower() == b"forwarded"] == [
        b"for=10.0.0.1;host=fid.dev;proto=http"
    ]


def test_host_is_kept_or_the_upstreams_own() -> None:
    def host(head: RequestHead, *, preserve: bool) -> list[bytes]:
        sent = Hop().request_fields(head, UPSTREAM, preserve_host=preserve)
        return [value for name, value in sent if name.lower() == b"host"]

    assert host(GET, preserve=True) == [b"fid.dev"]
    assert host(GET, preserve=False) == [b"localhost:8001"]
    assert host(replace(GET, fields=[], version="1.0"), preserve=True) == [b"localhost:8001"]


@given(
    version=st.sampled_from(["1.0", "1.1", "2"]), earlier=st.lists(st.just(b"1.0 a"), max_size=2)
)
def test_via_grows_by_the_version_that_was_received(version: str, earlier: list[bytes]) -> None:
    fields = [*GET.fields, *((b"via", each) for each in earlier)]
    head = replace(GET, version=version, fields=fields)
    sent = Hop(via="fid").request_fields(head, UPSTREAM, preserve_host=True)
    silent = Hop(via=None).request_fields(head, UPSTREAM, preserve_host=True)

    ours = f"{version} fid".encode()
    assert [value for name, value in sent if name.lower() == b"via"] == [*earlier, ours]
    assert [value for name, value in silent if name.lower() == b"via"] == earlier


@pytest.mark.parametrize("target", [b"/a/../b", b"/a/%2E%2e/b", b"/a/./b", b"/a\\b", b"/a%5cb"])
def test_a_path_that_could_mean_two_things_is_refused(target: bytes) -> None:
    with pytest.raises(RequestRefused):
        Hop().received(replace(GET, target=target))


def test_dots_in_the_query_are_the_querys_business() -> None:
    head = replace(GET, target=b"/a?file=../b\\c")
    assert Hop().received(head) == head
    assert Hop(normalise_paths=True).received(head) == head


def test_a_normalised_path_is_matched_and_sent_as_that() -> None:
    hop = Hop(normalise_paths=True)
    received = hop.received(replace(GET, target=b"/a/%2e%2e/%66oo%2fx/.?q=%66"))
    assert received == replace(GET, target=b"/foo%2Fx/?q=%66")
    with pytest.raises(RequestRefused):
        hop.received(replace(GET, target=b"/a%2f..%2fb"))


@pytest.mark.parametrize(
    "head",
    [
        replace(GET, method="OPTIONS", target=b"*"),
        replace(GET, method="OPTIONS", target=b"http://fid.dev"),
        replace(GET, method="CONNECT", target=b"fid.dev:443"),
        replace(GET, method="CONNECT", target=b"/", fields=[]),
        replace(GET, method="TRACE", fields=[*GET.fields, (b"Max-Forwards", b"0")]),
    ],
)
def test_some_requests_go_no_further(head: RequestHead) -> None:
    assert Hop().received(head) is None
    assert Hop(normalise_paths=True).received(head) is None


@pytest.mark.parametrize("via", ["", "a b", "a,b", "a\r\nb", "\u00e9"])
def test_a_name_in_via_is_one_word(via: str) -> None:
    with pytest.raises(ConfigurationError, match="via"):
        Hop(via=via)
