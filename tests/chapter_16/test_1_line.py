"""Step 1: a line."""

import pytest

from reverseproxy.proxy_protocol import line
from reverseproxy.proxy_protocol.introduction import UNKNOWN, Introduction, NotIntroduced
from tests.support.steps import step

FOUR = b"PROXY TCP4 192.0.2.7 203.0.113.9 56324 443\r\n"
SIX = b"PROXY TCP6 2001:db8::7 2001:db8::9 56324 443\r\n"
ROSE = Introduction("192.0.2.7", 56324, "203.0.113.9", 443)
ROSE_SIX = Introduction("2001:db8::7", 56324, "2001:db8::9", 443)

MALFORMED = [
    b"PROXY\r\n",
    b"PROXY \r\n",
    b"proxy TCP4 192.0.2.7 203.0.113.9 1 2\r\n",
    b"PROXY UDP4 192.0.2.7 203.0.113.9 1 2\r\n",
    b"PROXY TCP4 192.0.2.7 203.0.113.9 1\r\n",
    b"PROXY TCP4 192.0.2.7 203.0.113.9 1 2 3\r\n",
    b"PROXY TCP4  192.0.2.7 203.0.113.9 1 2\r\n",
    b"PROXY TCP4 192.0.2.7 203.0.113.9 1 2 \r\n",
    b"PROXY TCP4 192.0.2.7 203.0.113.9 01 2\r\n",
    b"PROXY TCP4 192.0.2.7 203.0.113.9 1 65536\r\n",
    b"PROXY TCP4 192.0.2.7 203.0.113.9 -1 2\r\n",
    b"PROXY TCP4 192.0.2.07 203.0.113.9 1 2\r\n",
    b"PROXY TCP4 192.0.2.256 203.0.113.9 1 2\r\n",
    b"PROXY TCP4 192.0.2 203.0.113.9 1 2\r\n",
    b"PROXY TCP4 2001:db8::7 2001:db8::9 1 2\r\n",
    b"PROXY TCP6 192.0.2.7 203.0.113.9 1 2\r\n",
    b"PROXY TCP6 2001:db8::7 203.0.113.9 1 2\r\n",
    b"PROXY TCP6 2001:db8:::7 2001:db8::9 1 2\r\n",
    b"PROXY TCP6 fe80::7%eth0 2001:db8::9 1 2\r\n",
    b"PROXY TCP6 [2001:db8::7] 2001:db8::9 1 2\r\n",
    b"PROXY TCP4 rose.example 203.0.113.9 1 2\r\n",
    b"PROXY UNKNOWNS\r\n",
    b"PROXY UNKNOWN 192.0.2.7\r 203.0.113.9 1 2\r\n",
]


def refuses(data: bytes) -> bool:
    """Whether it is no line of the protocol, nor the beginning of one."""
    try:
        line.read(data)
    except NotIntroduced:
        return True
    return False


@step(1)
def test_a_line_says_who_called_and_how_long_it_is() -> None:
    """`read` returns the introduction and the bytes of the line, its end included; what comes
    after it belongs to the upstream.

    Why: a byte too many is missing in what the client said, and a byte too few stands before it.
    Read: Step 1, "A line".
    """
    for data, said in ((FOUR, ROSE), (SIX, ROSE_SIX)):
        for rest in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\r\n", b"\0"):
            found = line.read(data + rest)
            if found is None:
                pytest.fail(f"the whole line is there, and more is waited for: {data + rest!r}")
            assert found[0] == said
            left = (data + rest)[found[1] :]
            if left != rest:
                pytest.fail(f"behind the line comes {rest!r}, and what is left over is {left!r}")


@step(1)
def test_unknown_is_a_line_as_good_as_others() -> None:
    """UNKNOWN, with or without anything behind it, is an introduction that says nothing.

    Why: a proxy whose client has no IP address has nothing else to say, and may say it at length.
    Read: Step 1, "A line".
    """
    for data in (
        b"PROXY UNKNOWN\r\n",
        b"PROXY UNKNOWN \r\n",
        b"PROXY UNKNOWN 192.0.2.7 203.0.113.9 1 2\r\n",
        b"PROXY UNKNOWN " + b"\xff" * 91 + b"\r\n",
    ):
        if refuses(data):
            pytest.fail(f"UNKNOWN, and what is behind it counts for nothing, was refused: {data!r}")
        assert line.read(data + b"rose") == (UNKNOWN, len(data))


@step(1)
def test_half_a_line_is_no_reason_to_refuse() -> None:
    """Of each beginning of a line, `read` says None: more of it has to come.

    Why: TCP keeps bytes in order, and not together. The line may come a byte at a time.
    Read: Step 1, "A line".
    """
    for data in (FOUR, SIX, b"PROXY UNKNOWN\r\n"):
        for length in range(len(data)):
            if refuses(data[:length]):
                pytest.fail(f"the rest was on its way, and this was refused: {data[:length]!r}")
            assert line.read(data[:length]) is None, f"no whole line: {data[:length]!r}"


@step(1)
@pytest.mark.parametrize("data", MALFORMED)
def test_what_is_no_line_is_refused(data: bytes) -> None:
    """One thing wrong with a line, whatever it is: NotIntroduced.

    Why: who reads generously and who reads strictly see two different clients in the same line.
    Read: Step 1, "A line".
    """
    if not refuses(data):
        pytest.fail(f"{data!r} is no line of the protocol, and was read: {line.read(data)}")


@step(1)
def test_what_cannot_become_a_line_is_refused_at_once() -> None:
    """A line feed alone, a carriage return within, or 107 bytes without an end: NotIntroduced.

    Why: whoever waits for the rest keeps more and more of it, of a line that will be refused.
    Read: Step 1, "A line".
    """
    for data in (FOUR.replace(b"\r", b""), b"PROXY TCP4\n", b"PROXY UNKNOWN\n"):
        if not refuses(data):
            pytest.fail(f"a line feed alone is no end, and it was not refused: {data!r}")
    for data in (b"PROXY TCP4\r 192.0.2.7", b"PROXY UNKNOWN\rx", b"PROXY UNKNOWN\r\r"):
        if not refuses(data):
            pytest.fail(f"a carriage return alone is in it, and more is waited for: {data!r}")
    for data in (b"PROXY UNKNOWN " + b"x" * 93, b"PROXY " + b"1" * 101 + b"\r\n"):
        if not refuses(data):
            pytest.fail(f"{len(data)} bytes, no end in the first 107, and it was not refused")
    assert not refuses(b"PROXY UNKNOWN " + b"x" * 92), "106 bytes: the end may still come"


@step(1)
def test_the_end_comes_within_the_first_107_bytes() -> None:
    """A longer line that is there with its end: NotIntroduced. One of 107 bytes is read.

    Why: who is let in must not depend on how the bytes were cut on their way.
    Read: Step 1, "A line".
    """
    for size in (2000, 108):
        data = b"PROXY UNKNOWN ".ljust(size - 2, b"x") + b"\r\n"
        if not refuses(data):
            pytest.fail(f"a line of {size} bytes, its end included, was read: {line.read(data)}")
    data = b"PROXY UNKNOWN ".ljust(105, b"x") + b"\r\n"
    if refuses(data):
        pytest.fail("a line may have 107 bytes, its end included, and such a one was refused")
    assert line.read(data + b"\r\n") == (UNKNOWN, 107)


@step(1)
def test_what_is_written_is_a_line() -> None:
    """`written` says TCP4 or TCP6, as the addresses are, and UNKNOWN where there are none.

    Why: the next proxy is as strict as this one.
    Read: Step 1, "A line".
    """
    for said, data in ((ROSE, FOUR), (ROSE_SIX, SIX), (UNKNOWN, b"PROXY UNKNOWN\r\n")):
        wrote = line.written(said)
        if wrote != data:
            pytest.fail(f"{said} is written as {wrote!r}, and the line for it is {data!r}")
