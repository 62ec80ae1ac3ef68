"""Step 2: turned round."""

from itertools import islice

import pytest

from reverseproxy.mux import hosts, prefixes
from tests.support.steps import step


@step(2)
def test_the_hosts_are_asked_from_the_exact_name_to_any() -> None:
    """For a.fid.dev: a.fid.dev, *.fid.dev, *.dev, None, in this order.

    Why: what comes first wins. The exact name knows more about the request than a wildcard, and a
    long wildcard more than a short one.
    Read: Step 2, "Turned round".
    """
    found = list(hosts("a.fid.dev"))
    if found[:1] == [None]:
        pytest.fail("the rules for any host come first, and would take everything")
    assert found == ["a.fid.dev", "*.fid.dev", "*.dev", None]


@step(2)
def test_a_wildcard_stands_for_any_number_of_labels() -> None:
    """*.fid.dev is for a.fid.dev and for c.b.a.fid.dev.

    Why: nginx and Envoy read a wildcard this way. (A certificate's wildcard stands for one label.)
    Read: Step 2, "Turned round".
    """
    assert "*.fid.dev" in hosts("c.b.a.fid.dev"), "*.fid.dev does not take c.b.a.fid.dev"


@step(2)
@pytest.mark.parametrize("host", ["fid.dev", ".fid.dev"])
def test_a_wildcard_does_not_stand_for_nothing(host: str) -> None:
    """*.fid.dev is not for fid.dev itself, and not for .fid.dev.

    Why: whoever writes *.fid.dev for the shops of customers does not mean the front page.
    Read: Step 2, "Turned round".
    """
    assert "*.fid.dev" not in hosts(host), f"*.fid.dev takes {host}"


@step(2)
@pytest.mark.parametrize("host", ["", "localhost", "::1"])
def test_a_host_without_dots_has_no_wildcard(host: str) -> None:
    """localhost, ::1 and no host at all are found under their own name, or under any.

    Why: a rule without a host is for every request, also for one that names none.
    Read: Step 2, "Turned round".
    """
    assert list(hosts(host)) == [host, None]


@step(2)
def test_a_long_host_is_asked_for_whole_and_its_wildcards_come_from_its_end() -> None:
    """A host of 8,000 labels below fid.dev: first all of it, then few wildcards, *.fid.dev is one.

    Why: a stranger can send sixty thousand dots, and each would cost you a lookup. No rule has a
    wildcard that is longer than a name can be, so the last 253 characters are enough.
    Read: Step 2, "Turned round".
    """
    assert next(hosts("a." * 8000 + "fid.dev")) == "a." * 8000 + "fid.dev", "the host itself is cut"
    few = list(islice(hosts("a." * 8000 + "fid.dev"), 300))
    assert "*.fid.dev" in few, "a long host below fid.dev is not found there, or not soon"
    assert sum(1 for _ in islice(hosts("." * 60_000), 300)) < 300, "60,000 dots, and no end"


@step(2)
@pytest.mark.parametrize(
    ("path", "found"),
    [
        (b"/foo/bar", [b"/foo/bar", b"/foo/", b"/foo", b"/"]),
        (b"/foo/", [b"/foo/", b"/foo", b"/"]),
        (b"/foo", [b"/foo", b"/"]),
        (b"/", [b"/"]),
        (b"/a//b", [b"/a//b", b"/a//", b"/a/", b"/a", b"/"]),
        (b"*", [b"*"]),
    ],
)
def test_the_prefixes_of_a_path_end_where_segments_do(path: bytes, found: list[bytes]) -> None:
    """/foo/bar is below /foo/bar, /foo/, /foo and /, in this order.

    Why: what comes first wins, so the longest is first. And /foo/ is a prefix beside /foo, so that
    a rule can be for what is below a folder and not for the folder's name.
    Read: Step 2, "Turned round".
    """
    got = list(prefixes(path))
    if path == b"/foo/bar" and b"/foo/" not in got:
        pytest.fail("/foo/ is missing: a rule that ends with a slash would never be found")
    assert got == found


@step(2)
def test_foobar_is_not_below_foo() -> None:
    """The prefixes of /foobar are /foobar and /.

    Why: /admin and /administrator-manual are neighbours in the alphabet, and nothing else. A proxy
    that compares letters sends the one's visitors to the other.
    Read: Step 2, "Turned round".
    """
    got = list(prefixes(b"/foobar"))
    if b"/foo" in got:
        pytest.fail("/foobar is taken for something below /foo")
    assert got == [b"/foobar", b"/"]
