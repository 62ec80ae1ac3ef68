"""Delivery "acknowledged": whatever an upstream says, and however it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverseproxy.errors import UpstreamError
from reverseproxy.lines.acknowledged import LONGEST, Acknowledged
from reverseproxy.lines.batch import Batch
from reverseproxy.lines.owed import Owed
from tests.chapter_20.owing import Given, lines, served, turns, until

sizes = st.lists(st.integers(1, 6), min_size=1, max_size=8)


@given(sizes, st.lists(st.integers(0, 50), max_size=12), st.integers(1, 9))
def test_answers_say_the_same_however_they_are_cut(
    batches: list[int], counts: list[int], size: int
) -> None:
    total = sum(batches)
    counts = sorted(min(count, total) for count in counts)
    words = b"".join(b"ACK %d\n" % count for count in counts)
    it = Given(*batches)
    for start in range(0, len(words), size):
        it.flight.heard(words[start : start + size])
    last = counts[-1] if counts else 0
    assert it.flight.progress == it.flight.settle() == last
    assert it.flight.lines == total - last
    ends = [sum(batches[:number]) for number in range(1, len(batches) + 1)]
    assert it.settled == [number for number, end in enumerate(ends, 1) if end <= last]
    ending = it.flight.end(is_broken=True)
    assert b"".join(batch.data for batch in ending.again) == lines(last + 1, total)


@given(sizes, st.lists(st.one_of(st.integers(0, 60), st.integers(0, 10**18 - 1)), max_size=8))
def test_an_answer_that_makes_no_sense_changes_nothing(
    batches: list[int], counts: list[int]
) -> None:
    it, total, last = Given(*batches), sum(batches), 0
    for count in counts:
        if last <= count <= total:
            it.flight.acknowledge(count)
            last = count
            continue
        with pytest.raises(UpstreamError):
            it.flight.acknowledge(count)
        assert (it.flight.progress, it.flight.lines) == (last, total - last)


def test_what_was_said_before_nonsense_counts() -> None:
    it = Given(2, 2)
    with pytest.raises(UpstreamError, match="it says b'what', and not ACK"):
        it.flight.heard(b"ACK 3\nwhat\nACK 4\n")
    assert it.flight.end(is_broken=True).delivered == 3


@pytest.mark.parametrize("size", [1, 7, LONGEST, 10_000])
def test_an_answer_without_an_end_is_not_kept(size: int) -> None:
    flight = Given(1).flight
    for _ in range((LONGEST - 1) // size):
        flight.heard(b"9" * size)
    with pytest.raises(UpstreamError, match="it says something of more than 64 bytes"):
        flight.heard(b"9" * size)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20), st.randoms())
def test_a_client_is_told_of_the_first_lines_that_are_all_safe(parts: list[int], dice) -> None:
    owed = Owed(lambda: None)
    calls = [owed.add(part) for part in parts]
    order = list(range(len(parts)))
    dice.shuffle(order)
    safe: set[int] = set()
    for at in order:
        calls[at]()
        calls[at]()  # said twice, it is no more true
        safe.add(at)
        first = next((at for at in range(len(parts)) if at not in safe), len(parts))
        assert owed.safe == sum(parts[:first])
        assert bool(owed) == (first < len(parts))


def test_a_line_of_a_batch_that_goes_three_ways_is_settled_once() -> None:
    settled: list[int] = []
    left = [Batch(lines(1, 6), 6, lambda: settled.append(6))]
    for count in (2, 1, 3):
        flight = Acknowledged(100)
        for batch in left:
            flight.add(batch)
        assert not settled
        flight.acknowledge(count)
        left = flight.end(is_broken=True).again
    assert (settled, left) == ([6], [])


@pytest.mark.parametrize(
    "words", [b"ACK 4\n", b"ACK 2\nACK 1\n", b"ACK -1\n", b"hello\n", b"9" * 65]
)
async def test_an_upstream_that_cannot_count_is_left(words: bytes) -> None:
    async with served(2, connections=1) as it:
        with it.client() as client:
            client.send(lines(1, 3))
            await until(lambda: any(len(each.lines) == 3 for each in it.upstreams), "nothing came")
            first, second = sorted(it.upstreams, key=lambda each: -len(each.lines))
            first.open[0].say(words)
            missing = 1 if words.startswith(b"ACK 2") else 3
            await until(lambda: len(second.lines) == missing, "it went nowhere else")
            assert it.proxy.lines == (3, 3 - missing, missing, 0, {})


async def test_an_upstream_that_answers_and_ends_at_once_is_heard() -> None:
    async with served(2, connections=1) as it:
        with it.client() as client:
            client.send(lines(1, 3))
            await until(lambda: any(len(each.lines) == 3 for each in it.upstreams), "nothing came")
            first, second = sorted(it.upstreams, key=lambda each: -len(each.lines))
            connection = first.open[0]
            connection.say(b"ACK 3\n")
            connection.close()
            await it.delivers(3, "it has said so, and then it has ended")
            await turns()
            assert not second.lines


@pytest.mark.parametrize("window", [1, 100])
@pytest.mark.parametrize("order", ["none", "connection"])
async def test_everything_goes_through_a_small_window(window: int, order: str) -> None:
    async with served(2, acknowledges=True, window=window, connections=2, order=order) as it:
        with it.client() as client:
            for number in range(100):
                client.send(lines(10 * number + 1, 10 * number + 10))
                await it.accepts(10 * number + 10)
            await it.delivers(1000, "1000 lines")
        came = [line for each in it.upstreams for line in each.lines]
        assert sorted(came) == sorted(lines(1, 1000).splitlines())
        assert order == "none" or came == lines(1, 1000).splitlines()


async def test_one_client_stays_in_order_when_upstreams_break() -> None:
    async with served(2, acknowledges=True, connections=1, order="connection") as it:
        with it.client() as client:
            for number in range(50):
                client.send(lines(10 * number + 1, 10 * number + 10))
                await it.accepts(10 * number + 10)
                if number % 10 == 5:
                    for broken in it.upstreams[number % 20 // 10].open:
                        broken.close(reset=True)
            await it.delivers(500, "500 lines")
        assert it.proxy.lines.missing == 0
        for each in it.upstreams:
            for connection in each.connections:
                numbers = [int(line.split()[1]) for line in connection.lines]
                assert numbers == sorted(numbers)
        assert {line for each in it.upstreams for line in each.lines} == set(
            lines(1, 500).splitlines()
        )
