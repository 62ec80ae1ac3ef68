"""Frames and marks: what one can tell from bytes that may be cut or damaged anywhere."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from reverseproxy.lines.spool.frames import HEAD, MAGIC, Frame, Point, frames, point
from reverseproxy.lines.spool.mark import Mark, decode, encode

LINES = st.lists(
    st.binary(max_size=8).map(lambda data: data.replace(b"\n", b"") + b"\n"), min_size=1
)
POINTS = st.builds(Point, st.integers(0, 2**60), st.integers(0, 2**60))


def stream(payloads: list[list[bytes]], at: Point) -> tuple[list[Frame], bytes]:
    """These lines as frames, and how those stand in a file."""
    made: list[Frame] = []
    for lines in payloads:
        made.append(Frame(made[-1].end if made else at, len(lines), b"".join(lines)))
    return made, b"".join(frame.data for frame in made)


@settings(deadline=None)
@given(st.lists(LINES, max_size=4), POINTS, st.data())
def test_of_what_was_cut_anywhere_the_whole_frames_are_found(
    payloads: list[list[bytes]], at: Point, data: st.DataObject
) -> None:
    made, written = stream(payloads, at)
    cut = data.draw(st.integers(0, len(written)))
    whole = [frame for frame in made if frame.end.position - at.position <= cut]
    assert list(frames(written[:cut], at.position)) == whole
    zeroed = written[:cut].ljust(len(written), b"\0")
    assert list(frames(zeroed, at.position))[: len(whole)] == whole


@settings(deadline=None)
@given(st.lists(LINES, min_size=1, max_size=4), POINTS, st.data())
def test_one_damaged_byte_costs_its_own_frame_and_no_other(
    payloads: list[list[bytes]], at: Point, data: st.DataObject
) -> None:
    made, written = stream(payloads, at)
    place = data.draw(st.integers(0, len(written) - 1))
    damaged = bytearray(written)
    damaged[place] ^= data.draw(st.integers(1, 255))
    place += at.position
    intact = [each for each in made if not each.at.position <= place < each.end.position]
    assert list(frames(bytes(damaged), at.position)) == intact


def test_a_frame_in_a_line_is_a_line() -> None:
    inside = Frame(Point(7, 0), 1, b"never sent\n").data
    outer = Frame(Point(1000, 5), 1, inside)
    assert list(frames(outer.data, 1000)) == [outer]
    damaged = bytearray(outer.data)
    damaged[HEAD.size - 1] ^= 1
    assert list(frames(bytes(damaged), 1000)) == []


def test_what_begins_like_a_frame_and_claims_to_be_longer_than_the_file_is_none() -> None:
    head = HEAD.pack(MAGIC, 0, 0, 1, 2**32 - 1, 0)
    after = Frame(Point(HEAD.size, 0), 1, b"a\n")
    assert list(frames(head + after.data, 0)) == [after]


@given(POINTS)
def test_the_name_of_a_file_says_where_it_begins(at: Point) -> None:
    assert point(at.name) == at
    assert point(at.name + ".corrupt") is None


def test_names_sort_like_places() -> None:
    places = [Point(9, 1), Point(10, 2), Point(10**12, 3)]
    assert sorted(at.name for at in places) == [at.name for at in places]


@given(POINTS, st.data())
@example(Point(0, 0), None)
def test_a_mark_is_read_as_it_was_written_or_not_at_all(
    at: Point, data: st.DataObject | None
) -> None:
    written = encode(at)
    assert decode(written) == at
    assert all(decode(written[:cut]) is None for cut in range(len(written)))
    if data:
        damaged = bytearray(written)
        damaged[data.draw(st.integers(0, len(written) - 1))] ^= 1
        assert decode(bytes(damaged)) is None


@given(st.permutations(range(6)))
def test_the_mark_is_behind_all_that_is_delivered_with_nothing_left_out(order: list[int]) -> None:
    moved: list[Point] = []
    mark = Mark(Point(0, 0), lambda: moved.append(mark.at))
    delivered = [mark.add(Point(10 * number, number)) for number in range(1, 7)]
    done: set[int] = set()
    for number in order:
        delivered[number]()
        done.add(number)
        first = next(each for each in range(7) if each not in done)
        assert mark.at == Point(10 * first, first)
    assert moved == sorted(set(moved))
