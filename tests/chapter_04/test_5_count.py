"""Step 5: how far it may go."""

import pytest

from reverseproxy.errors import RequestRefused
from reverseproxy.hop import count_down
from reverseproxy.message import RequestHead
from tests.support.loopback import ask, proxy_to, serving, upstream
from tests.support.steps import step


def request(method: str, *counts: bytes) -> RequestHead:
    fields = [(b"Host", b"h"), *((b"Max-Forwards", count) for count in counts), (b"Age", b"7")]
    return RequestHead(method, b"/", fields)


@step(5)
@pytest.mark.parametrize("method", ["OPTIONS", "TRACE"])
def test_each_hop_takes_one(method: str) -> None:
    """Max-Forwards: 3 goes on as 2, in its place; the head that came in does not change.

    Why: the client numbers the hops, and asks each of them in turn. What a hop has no reason to
    change, the order of the fields included, it leaves alone.
    Read: Step 5, "How far it may go".
    """
    head = request(method, b"3")
    onward = count_down(head)

    assert onward is not None, "Max-Forwards: 3 was answered here"
    assert onward.values(b"max-forwards") == [b"2"]
    if [name for name, _ in onward.fields] != [name for name, _ in head.fields]:
        pytest.fail(f"the fields are others now, or stand in another order: {onward.fields}")
    assert onward == request(method, b"2")
    assert head.values(b"max-forwards") == [b"3"], "the head that came in was changed"


@step(5)
def test_at_zero_it_goes_no_further() -> None:
    """Max-Forwards: 0 gives None: this proxy is the one that was asked.

    Why: an intermediary must not forward it, and must answer as if it were the last (RFC 9110,
    section 7.6.2). Counted on below zero, it would go on for ever.
    Read: Step 5, "How far it may go".
    """
    assert count_down(request("OPTIONS", b"0")) is None, "Max-Forwards: 0 was sent on"
    onward = count_down(request("TRACE", b"1"))
    assert onward is not None
    assert onward.values(b"max-forwards") == [b"0"], "1 is one more hop"


@step(5)
def test_other_methods_do_not_count() -> None:
    """A GET with Max-Forwards: 0, or `two`, goes on as it is; so does OPTIONS without the field.

    Why: the field is defined for OPTIONS and TRACE alone. A GET that gets no answer because of a
    stray field is a page that does not load.
    Read: Step 5, "How far it may go".
    """
    get = request("GET", b"0")
    assert count_down(get) == get, "a GET was counted"
    for counts in ([b"two"], [b"1", b"2"]):
        get = request("GET", *counts)
        try:
            assert count_down(get) == get, "a GET was counted, or lost its field"
        except RequestRefused:
            pytest.fail("a GET was refused for a Max-Forwards that is none of our business")
    assert count_down(request("OPTIONS")) == request("OPTIONS")


@step(5)
@pytest.mark.parametrize(
    "counts",
    [
        *([b"-1"], [b"+1"], [b"1_0"], [b"two"], [b""], [b"9" * 10]),
        *([b"0", b"5"], [b"5", b"5"], [b"", b"5"]),
    ],
)
def test_what_is_no_number_is_refused(counts: list[bytes]) -> None:
    """-1, +1, 1_0, words, ten digits and two lines raise RequestRefused, equal lines too.

    Why: int() takes more for a number than HTTP does, and two programs that read one field
    differently are where trouble starts.
    Read: Step 5, "How far it may go".
    """
    try:
        count_down(request("OPTIONS", *counts))
    except RequestRefused:
        return
    except ValueError:
        pytest.fail(f"Max-Forwards: {counts!r} was no number, and the error no RequestRefused")
    if len(counts) > 1:
        pytest.fail(f"Max-Forwards came in {len(counts)} lines, {counts!r}, and was not refused")
    pytest.fail(f"Max-Forwards: {counts!r} was taken for a number")


@step(5)
async def test_the_last_hop_answers_itself() -> None:
    """OPTIONS with Max-Forwards: 0 gets a 200 from the proxy; the upstream hears only of the 1.

    Why: so a client finds out where in a chain something goes wrong, one hop after the other.
    Read: Step 5, "How far it may go".
    """
    asked = b"OPTIONS / HTTP/1.1\r\nHost: h\r\nMax-Forwards: %d\r\n\r\n"
    async with upstream() as script, serving(proxy_to(script.url)) as address:
        here = await ask(address, asked % 0)
        there = await ask(address, asked % 1)

    assert (here.status, here.body, there.body) == (200, b"", b"OK")
    assert [heard.values("max-forwards") for heard in script.heard] == [["0"]]
