"""Step 1: one or many."""

from collections.abc import Callable, Iterable

import pytest

from reverseproxy import ConfigurationError
from reverseproxy.upstreams import Upstreams
from tests.support.steps import step

ONE, TWO = "http://127.0.0.1:8001", "http://127.0.0.1:8002"


def parsed(urls: str | Iterable[str]) -> list[str]:
    """The upstreams at these URLs, as they write themselves."""
    return [str(upstream) for upstream in Upstreams.parse(urls)]


def refusal(*urls: str) -> ConfigurationError | None:
    """Why these URLs cannot be one target's; None when they can."""
    try:
        Upstreams.parse(urls)
    except ConfigurationError as error:
        return error
    return None


@step(1)
def test_a_text_is_one_url() -> None:
    """Upstreams.parse("http://127.0.0.1:8001") is one upstream.

    Why: to Python, a text is a collection of letters, and each of them is a text again. Programs
    with one upstream, those of the chapters before too, hand you a text.
    Read: Step 1, "One or many".
    """
    try:
        found = parsed(ONE)
    except ConfigurationError as error:
        if error.value == "h":
            pytest.fail("a text was taken apart into its letters: 'h' is no URL")
        raise
    assert found == [ONE]


@step(1)
@pytest.mark.parametrize("kind", [list, tuple, iter], ids=["list", "tuple", "generator"])
def test_whatever_can_be_walked_over_is_many(kind: Callable[[list[str]], Iterable[str]]) -> None:
    """A list, a tuple and a generator of two URLs: two upstreams, in the order of the URLs.

    Why: people compute addresses, and a generator can be walked over once: whoever only counts it
    has nothing left to read.
    Read: Step 1, "One or many".
    """
    try:
        found = parsed(kind([TWO, ONE]))
    except TypeError as error:
        pytest.fail(f"what can be walked over was not taken: {error}")
    if not found:
        pytest.fail("two URLs went in and no upstream came out: what walked over them first?")
    assert found == [TWO, ONE], f"the order was lost: {found}"


@step(1)
@pytest.mark.parametrize("kind", [list, iter], ids=["list", "generator"])
def test_none_is_refused(kind: Callable[[list[str]], Iterable[str]]) -> None:
    """Upstreams.parse([]) is a ConfigurationError, and so is a generator that yields nothing.

    Why: a target without upstreams answers nothing, ever. An empty list is what a setting that is
    empty becomes, and it should be found when the program starts.
    Read: Step 1, "One or many".
    """
    try:
        accepted = parsed(kind([]))
    except ConfigurationError as error:
        if (error.key, error.value) != ("upstreams", []):
            pytest.fail(f"the error is about {error.key} {error.value!r}, and not upstreams []")
    else:
        pytest.fail(f"a target without upstreams was accepted: {accepted}")


@step(1)
@pytest.mark.parametrize(
    "again",
    [ONE, "HTTP://127.0.0.1:8001", "http://127.0.0.1:8001/"],
    ids=["letter by letter", "in capitals", "with a slash"],
)
def test_the_same_one_twice_is_refused(again: str) -> None:
    """8001, 8002 and 8001 again is refused; with HTTP:// in capitals or a slash at the end, too.

    Why: it would have two turns where the others have one. Nobody writes this on purpose: it is a
    line that was copied, and a number that was not changed.
    Read: Step 1, "One or many".
    """
    error = refusal(ONE, TWO, again)
    if error is None:
        pytest.fail(f"{ONE} is there twice, the second time as {again}, and nobody minds")
    assert error.value == again, f"the error names {error.value!r}, and {again!r} is one too many"
    assert error.key == "upstream", f"the error's key is {error.key!r}, and not 'upstream'"


@step(1)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("http://Roses.example", "http://roses.EXAMPLE"),
        ("http://roses.example", "http://roses.example:80/"),
        ("https://roses.example:443/app", "https://roses.example/app/"),
        ("http://roses.example?key=1", "http://roses.example/?key=1"),
    ],
    ids=["name", "port", "path", "query"],
)
def test_two_ways_to_write_one_place_are_the_same(first: str, second: str) -> None:
    """Names have no case, http has port 80, and one slash at the end of a path changes nothing.

    Why: not the texts must differ, but what becomes of a request.
    Read: Step 1, "One or many".
    """
    assert refusal(first, second), f"{first} and {second} are one place, and both were accepted"


@step(1)
@pytest.mark.parametrize(
    "other",
    [
        "https://127.0.0.1:8001",
        "http://127.0.0.2:8001",
        "http://127.0.0.1:8001/app",
        "http://127.0.0.1:8001/APP",
        "http://127.0.0.1:8001/%41pp",
        "http://127.0.0.1:8001//",
        "http://127.0.0.1:8001?key=1",
    ],
)
def test_what_differs_in_anything_is_another_one(other: str) -> None:
    """Another scheme, address, path or query is another upstream; /App, /APP and /%41pp are three.

    Why: two programs can live on one server, each below a path of its own, and what is written
    there is what is sent.
    Read: Step 1, "One or many".
    """
    error = refusal(ONE, "http://127.0.0.1:8001/App", other)
    assert error is None, f"{other} is a place of its own, and was refused: {error}"


@step(1)
def test_what_is_no_url_is_named() -> None:
    """Of three URLs, the one without http:// is in the error.

    Why: with thirty of them, "there is a mistake" is little help.
    Read: Step 1, "One or many".
    """
    error = refusal(ONE, "127.0.0.1:8002", "http://127.0.0.1:8003")
    assert error, "127.0.0.1:8002 has no scheme, and was accepted"
    assert error.value == "127.0.0.1:8002", f"the error is about {error.value!r}"
