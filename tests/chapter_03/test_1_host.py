"""Step 1: which site?"""

import pytest

from reverseproxy.message import RequestHead
from tests.support.steps import step


def host_of(*lines: bytes) -> str:
    """The host of a request with these Host lines."""
    return RequestHead("GET", b"/", [(b"host", line) for line in lines]).host


@step(1)
def test_the_host_comes_out_of_the_host_line() -> None:
    """Host: roses.example is a request for roses.example; an IPv4 address stays one.

    Why: it is the one thing in a request that says which site was meant; the address that it was
    sent to is the same for all of them.
    Read: Step 1, "Which site?".
    """
    assert host_of(b"roses.example") == "roses.example"
    assert host_of(b"192.0.2.7") == "192.0.2.7"


@step(1)
def test_case_port_and_last_dot_are_not_part_of_it() -> None:
    """Roses.Example, roses.example:8080 and roses.example. are all one site.

    Why: names are compared without regard to case (RFC 9110, section 4.2.3), the port is there
    whenever it is not 80, and a dot at the end is how DNS writes a whole name. A rule that misses
    one of them is a rule that a client can walk around.
    Read: Step 1, "Which site?".
    """
    assert host_of(b"Roses.EXAMPLE") == "roses.example", "the case of a name made a difference"
    assert host_of(b"roses.example:8080") == "roses.example", "the port is still there"
    assert host_of(b"roses.example.") == "roses.example", "the last dot is still there"
    assert host_of(b"Roses.Example.:8080") == "roses.example"


@step(1)
def test_an_ipv6_address_loses_its_brackets_and_keeps_its_colons() -> None:
    """[2001:DB8::1]:8080 and [2001:db8::1] are a request for 2001:db8::1.

    Why: the brackets are there because the address has colons of its own. Whoever cuts at the first
    colon is left with half an address.
    Read: Step 1, "Which site?".
    """
    host = host_of(b"[2001:DB8::1]:8080")
    assert host == "2001:db8::1", f"[2001:DB8::1]:8080 became {host!r}"
    assert host_of(b"[2001:db8::1]") == "2001:db8::1"


@step(1)
def test_an_ipv6_address_is_one_host_however_it_is_written() -> None:
    """[2001:db8:0:0::1] is a request for 2001:db8::1 as well.

    Why: an IPv6 address can be written in many ways. A rule keeps the shortest, and a request that
    is not brought into it has walked around the rule.
    Read: Step 1, "Which site?".
    """
    host = host_of(b"[2001:db8:0:0::1]")
    assert host == "2001:db8::1", f"[2001:db8:0:0::1] became {host!r}"


@step(1)
@pytest.mark.parametrize(
    "line", [b"[", b"[::1", b"[]", b"[x]:", b":", b"::", b".", b"\xff", b"a b"]
)
def test_nothing_that_a_client_sends_raises_an_exception(line: bytes) -> None:
    """Host: [ and Host: : have a host as well, whatever it is.

    Why: an exception here is a 500, and a traceback in your log, for everyone who wants one.
    Read: Step 1, "Which site?".
    """
    try:
        host = host_of(line)
    except Exception as error:  # noqa: BLE001 - whatever it is, there must be none
        pytest.fail(f"Host: {line!r} raised {type(error).__name__}: {error}")
    assert isinstance(host, str), f"Host: {line!r} became {host!r}, which is no text"


@step(1)
@pytest.mark.parametrize(
    "lines",
    [(), (b"",), (b"roses.example", b"tulips.example"), (b"roses.example", b"roses.example")],
    ids=["none", "empty", "two", "twice"],
)
def test_without_one_host_line_there_is_no_host(lines: tuple[bytes, ...]) -> None:
    """No Host line, an empty one or two of them: the host is "".

    Why: with two, you would match by one of them, and the upstream may believe the other. That is
    how a request gets past a rule.
    Read: Step 1, "Which site?".
    """
    host = host_of(*lines)
    if len(lines) == 2 and host:
        pytest.fail(f"of two Host lines, {host!r} was believed")
    assert host == ""
