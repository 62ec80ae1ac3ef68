"""Host, and targets that name a site themselves."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverseproxy.authority import origin_form
from reverseproxy.errors import RequestRefused
from reverseproxy.message import Field, RequestHead

AUTHORITIES = st.from_regex(
    rb"([a-zA-Z0-9._-]{1,12}|\[::[0-9a-f]{1,4}\])(:[0-9]{1,5})?", fullmatch=True
)
GET = RequestHead("GET", b"/", [(b"Host", b"fid.dev"), (b"A", b"1")])


@given(
    authority=AUTHORITIES,
    path=st.from_regex(rb"(/[!$-\[\]-~]{0,8})?(\?[!$-\[\]-~]{0,8})?", fullmatch=True),
    scheme=st.sampled_from([b"http", b"HTTP"]),
)
def test_a_url_as_the_target_is_a_path_of_its_own_site(
    authority: bytes, path: bytes, scheme: bytes
) -> None:
    if path and not path.startswith((b"/", b"?")):
        return
    settled = origin_form(replace(GET, target=scheme + b"://" + authority + path))

    assert settled.target == (path if path.startswith(b"/") else b"/" + path)
    assert settled.fields == [(b"Host", authority), (b"A", b"1")]
    assert origin_form(settled) == settled


@pytest.mark.parametrize(
    "target", [b"/", b"//a/b", b"/a?b=http://x", b"/http://x/", b"/a?", b"/:@"]
)
def test_a_path_stays_as_it_came(target: bytes) -> None:
    head = replace(GET, target=target)
    assert origin_form(head) == head


@pytest.mark.parametrize(
    "target",
    [
        *(b"/a#b", b"/#", b"http://fid.dev/#b", b"http://fid.dev#b", b"*", b"", b"a", b"?a"),
        *(b"http://me@fid.dev/", b"http://me:secret@fid.dev/", b"http:///a", b"http://a b/"),
        *(b"https://fid.dev/", b"ftp://fid.dev/", b"fid.dev:443", b"http:/a", b"http://[::1/"),
    ],
)
def test_a_target_that_names_no_path_of_a_site_is_refused(target: bytes) -> None:
    with pytest.raises(RequestRefused):
        origin_form(replace(GET, target=target))


@pytest.mark.parametrize("target", [b"*", b"http://fid.dev"])
def test_options_may_ask_the_server_as_a_whole(target: bytes) -> None:
    assert origin_form(replace(GET, method="OPTIONS", target=target)).target == b"*"


def test_options_of_a_path_asks_for_the_path() -> None:
    head = replace(GET, method="OPTIONS", target=b"http://fid.dev/?a")
    assert origin_form(head).target == b"/?a"


@pytest.mark.parametrize(
    "hosts",
    [
        *([], [b"a", b"a"], [b""], [b"a, b"], [b"a/b"], [b"me@a"], [b"a:b"], [b"a:80:80"]),
        *([b"[::1"], [b"::1"], [b"a b"], [b"http://a"], [b"a?"], [b"b\xc3\xbccher"], [b"a:123456"]),
    ],
)
def test_a_request_names_one_site(hosts: list[bytes]) -> None:
    fields: list[Field] = [(b"Host", host) for host in hosts]
    with pytest.raises(RequestRefused):
        origin_form(replace(GET, fields=fields))
    with pytest.raises(RequestRefused):
        origin_form(replace(GET, fields=fields, target=b"http://fid.dev/"))


@given(AUTHORITIES)
def test_a_good_host_is_left_alone(authority: bytes) -> None:
    head = replace(GET, fields=[(b"host", authority)])
    assert origin_form(head) == head


@pytest.mark.parametrize("version", ["1.0", "2"])
def test_only_http_1_1_needs_a_host(version: str) -> None:
    head = replace(GET, fields=[], version=version)
    assert origin_form(head) == head
