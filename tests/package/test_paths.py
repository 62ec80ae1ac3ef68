"""Paths: one spelling to compare, none that means two things, and joining."""

import re
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverseproxy.errors import RequestRefused
from reverseproxy.paths import (
    AMBIGUOUS,
    DOT_SEGMENT,
    SUSPECT,
    canonical,
    check_path,
    join,
    without_dots,
)

# Small pieces that make up what a path can be attacked with, and some that are harmless.
PIECES = [
    *(b"/", b".", b"..", b"a", b"b", b";", b"x=1", b"\\", b"%", b"%2", b"\xff"),
    *(b"%2e", b"%2E", b"%2f", b"%2F", b"%5c", b"%5C", b"%00", b"%3b", b"%41", b"%25", b"25", b"2e"),
    *(b"%3f", b"%3F", b"%23"),
]
PATHS = st.lists(st.sampled_from(PIECES), max_size=12).map(lambda pieces: b"/" + b"".join(pieces))
LETTERS = st.text("ab-._~/%!", max_size=12).map(lambda text: b"/" + text.encode())
TARGETS = st.from_regex(rb"/[a-c/%2F]{0,6}(\?[a-c&=?]{0,6})?", fullmatch=True)


def meant(path: bytes) -> list[bytes]:
    """The segments, as a program reads them that decodes first, and cuts at `;`, `?` and `#`."""
    decoded = unquote_to_bytes(path).replace(b"\\", b"/")
    return [re.split(rb"[;?#]", segment)[0] for segment in decoded.split(b"/")]


def rfc_3986(path: bytes) -> bytes:
    """Section 5.2.4 to the letter, its steps A to E."""
    output = b""
    while path:
        if path.startswith((b"../", b"./")):
            path = path.partition(b"/")[2]
        elif path.startswith(b"/./") or path == b"/.":
            path = b"/" + path[3:]
        elif path.startswith(b"/../") or path == b"/..":
            path, output = b"/" + path[4:], output.rpartition(b"/")[0]
        elif path in (b".", b".."):
            path = b""
        else:
            cut = path.find(b"/", 1)
            segment, path = (path, b"") if cut < 0 else (path[:cut], path[cut:])
            output += segment
    return output


@given(PATHS)
def test_the_canonical_path_means_the_same_and_is_its_own_canonical_path(path: bytes) -> None:
    assert unquote_to_bytes(canonical(path)) == unquote_to_bytes(path)
    assert canonical(canonical(path)) == canonical(path)


@given(path=LETTERS, data=st.data())
def test_every_spelling_of_a_path_has_one_canonical_path(path: bytes, data: st.DataObject) -> None:
    written = b""
    for letter in path:
        plain = bytes([letter])
        spellings = [b"%%%02x" % letter, b"%%%02X" % letter]
        if letter not in b"/%!":
            spellings.append(plain)
        written += plain if letter == ord("/") else data.draw(st.sampled_from(spellings))

    quoted = path.replace(b"%", b"%25").replace(b"!", b"%21")
    assert canonical(written) == quoted


def test_reserved_letters_and_their_escapes_are_not_the_same() -> None:
    assert canonical(b"/a%2fb/%c3%a9") == b"/a%2Fb/%C3%A9"
    assert canonical(b"/a/b") == b"/a/b"


@given(PATHS)
def test_what_is_accepted_means_one_thing_to_everybody(path: bytes) -> None:
    decoded = unquote_to_bytes(path)
    dangerous = {b".", b".."}.intersection(meant(path)) or b"\\" in decoded or b"\0" in decoded
    try:
        check_path(path)
    except RequestRefused:
        assert dangerous
    else:
        assert not dangerous


@given(PATHS)
def test_the_quick_look_overlooks_nothing(path: bytes) -> None:
    plain = canonical(path)
    if AMBIGUOUS.search(plain) or DOT_SEGMENT.search(plain):
        assert SUSPECT.search(path)


@pytest.mark.parametrize(
    "path", [b"/...", b"/.well-known/x", b"/a..b", b"/a.", b"/..a", b"/a;..", b"/%252e%252e/", b"*"]
)
def test_dots_are_harmless_within_a_name(path: bytes) -> None:
    check_path(path)


@given(PATHS)
def test_dots_are_carried_out_as_the_rfc_says(path: bytes) -> None:
    assert without_dots(path) == rfc_3986(canonical(path))
    assert without_dots(without_dots(path)) == without_dots(path)
    assert not {b".", b".."}.intersection(without_dots(path).split(b"/"))


@given(base=st.one_of(st.just(b""), TARGETS), target=TARGETS)
def test_a_joined_target_holds_both_and_nothing_else(base: bytes, target: bytes) -> None:
    base_path, _, base_query = base.partition(b"?")
    path, _, query = target.partition(b"?")
    joined_path, _, joined_query = join(base, target).partition(b"?")

    assert joined_path == base_path.removesuffix(b"/") + path
    assert [q for q in (base_query, query) if q] == ([joined_query] if joined_query else []) or (
        joined_query == base_query + b"&" + query
    )


@given(TARGETS)
def test_below_no_base_the_target_stays_what_it_is(target: bytes) -> None:
    assert join(b"", target) == target
    assert join(b"/", target) == target
