"""The log on a disk that fails and forgets: after every power cut, what was safe is there."""

import contextlib
import errno
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reverseproxy.lines.spool.frames import HEAD, Point
from reverseproxy.lines.spool.log import Log
from tests.package.spool_disk import (
    SURVIVALS,
    MemoryDisk,
    Operation,
    Simple,
    disk_with,
    failing,
    numbered,
    recovered,
    short,
)

SEGMENT = 100
WIDTH = 6


@dataclass
class History:
    """A log that is used, and what may be expected of it after each operation of its disk."""

    disk: MemoryDisk = field(default_factory=MemoryDisk)
    put: int = 0
    safe: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])
    """After how many operations how many lines were safe."""
    delivered: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])
    """From which operation on how many lines may be forgotten."""
    noted: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])
    """From which operation on how many lines are forgotten."""
    tried: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])
    """From which operation on how many lines may be there."""

    def __post_init__(self) -> None:
        self.log = Log(self.disk, SEGMENT)
        self.log.open()
        self.ends = {0: Point(0, 0)}

    @property
    def now(self) -> int:
        """How many operations there were."""
        return len(self.disk.operations)

    def append(self, lines: int) -> bool:
        """Appends lines; whether that worked."""
        first = self.safe[-1][1]
        self.tried.append((self.now, first + lines))
        try:
            frame = self.log.append(numbered(first, lines), lines)
        except OSError:
            return False
        for count in range(1, lines + 1):
            self.ends[first + count] = Point(frame.begin + count * (WIDTH + 1), first + count)
        self.ends[first + lines] = frame.end
        self.safe.append((self.now, first + lines))
        return True

    def forget(self, lines: int) -> None:
        """So many lines are delivered."""
        self.delivered.append((self.now, lines))
        self.log.forget(self.ends[lines])
        self.noted.append((self.now, lines))

    def do(self, word: str, what: int | str) -> None:
        """What may happen, as far as it works."""
        safe = self.safe[-1][1]
        match word, what:
            case "append", int(lines):
                self.append(lines)
            case "forget", int(percent) if safe * percent // 100 >= self.delivered[-1][1]:
                with contextlib.suppress(OSError):
                    self.forget(safe * percent // 100)
            case "short", int(count):
                self.disk.faults.append(short(count))
            case "fail", str(operation):
                self.disk.faults.append(failing(operation, errno.EIO))

    def restart(self) -> bool:
        """Ends the log without a word, and begins with what is there; whether anything is."""
        self.disk.faults.clear()
        self.log = Log(self.disk, SEGMENT)
        self.log.open()
        end, first = self.log.end, self.safe[-1][1]
        if self.delivered[-1][1] == first > end.line:
            return False
        assert end.line in (first, self.tried[-1][1])
        for number in range(first + 1, end.line + 1):  # they were tried in vain, and are safe now
            back = (end.line - number) * (WIDTH + 1)
            self.ends[number] = Point(end.position - back, number)
        self.safe.append((self.now, end.line))
        return True

    def check(self, count: int, survival: Simple) -> None:
        """Cuts the power after so many operations, and looks at what is there then."""
        disk = self.disk.after_power_cut(count, survival)
        lines, ledger = recovered(disk, SEGMENT)
        safe, tried, delivered, noted = (
            max(number for when, number in each if when <= count)
            for each in (self.safe, self.tried, self.delivered, self.noted)
        )
        first = int(lines[0]) if lines else delivered
        assert b"".join(lines) == numbered(first, len(lines)), "in order, none fused, none twice"
        assert first <= delivered, "what was not delivered is not forgotten"
        assert first >= noted, "what was delivered comes no more, once that is noted"
        assert safe <= first + len(lines) <= max(tried, safe), "what was safe, and nothing invented"
        assert not ledger.dropped


def test_what_was_safe_survives_a_power_cut_at_any_moment() -> None:
    history = History()
    for lines in (1, 5, 9, 20, 2, 3):
        history.append(lines)
    history.forget(0)
    history.forget(8)
    history.append(4)
    history.forget(37)
    history.append(30)
    history.forget(74)
    history.append(1)
    history.forget(75)
    history.log.close()
    for count in range(history.now + 1):
        for survival in SURVIVALS:
            history.check(count, survival)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 20)),
        st.tuples(st.just("forget"), st.integers(0, 100)),
        st.tuples(
            st.just("fail"), st.sampled_from(["write", "sync", "sync names", "open", "unlink"])
        ),
        st.tuples(st.just("short"), st.integers(1, 200)),
        st.tuples(st.just("restart"), st.just(0)),
    ),
    max_size=12,
)
SURVIVAL = st.builds(Simple, st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1), st.booleans())


@settings(max_examples=60, deadline=None)
@given(STEPS, SURVIVAL, st.data())
def test_so_it_does_with_any_faults_before(
    steps: list[tuple[str, int | str]], survival: Simple, data: st.DataObject
) -> None:
    history = History()
    for word, what in steps:
        if word == "restart" and not history.restart():
            break  # nothing is left, not even the mark: the stream begins anew
        history.do(word, what)
    history.check(data.draw(st.integers(0, history.now)), survival)
    history.check(history.now, survival)


def words(operations: list[Operation]) -> list[object]:
    """What was done, in order."""
    return [operation[0] for operation in operations]


def test_a_new_file_is_written_synced_and_then_its_name_is() -> None:
    history = History()
    history.append(1)
    assert words(history.disk.operations) == ["name", "write", "sync", "sync names"]
    history.append(1)
    assert words(history.disk.operations[4:]) == ["write", "sync"]


def test_short_writes_are_continued() -> None:
    history = History()
    history.disk.faults.append(short(1, 3, 20))
    history.append(5)
    assert words(history.disk.operations).count("write") == 4
    assert recovered(history.disk)[0] == numbered(0, 5).splitlines(keepends=True)


def test_a_write_that_writes_nothing_has_failed() -> None:
    history = History()
    history.append(2)
    history.disk.faults.append(short(30, 0))
    assert not history.append(9)
    assert history.append(3)
    history.disk.faults.append(short(0))
    with pytest.raises(OSError, match="nothing was written"):
        history.forget(1)
    assert recovered(history.disk)[0] == numbered(0, 5).splitlines(keepends=True)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_write_that_fails_leaves_nothing_behind(number: int) -> None:
    history = History()
    history.append(2)
    history.disk.faults += [short(40), failing_after_one("write", number)]
    assert not history.append(9)
    assert words(history.disk.operations)[-2:] == ["write", "truncate"]
    assert history.append(3)
    assert recovered(history.disk)[0] == numbered(0, 5).splitlines(keepends=True)


def failing_after_one(word: str, number: int) -> Callable[..., None]:
    """A fault: that operation fails the second time."""
    seen: list[str] = []

    def fault(its: str, *_: object) -> None:
        seen.extend([its] * (its == word))
        if len(seen) == 2:
            seen.append("once")
            raise OSError(number, errno.errorcode[number])

    return fault


def test_after_an_fsync_that_failed_the_lines_are_written_again_to_another_file() -> None:
    history = History()
    history.append(2)
    history.disk.faults.append(failing("sync", errno.EIO))
    assert not history.append(3)
    abandoned = history.disk.operations[-1][1]
    assert history.append(3)
    again = [each for each in history.disk.operations[-4:] if each[0] in ("write", "sync")]
    assert all(each[1] != abandoned for each in again)
    assert words(history.disk.operations)[-4:] == ["name", "write", "sync", "sync names"]
    for survival in SURVIVALS:
        history.check(history.now, survival)


def test_an_fsync_that_fails_on_the_first_lines_of_a_file_makes_that_file_anew() -> None:
    history = History()
    history.disk.faults.append(failing("sync", errno.EIO))
    assert not history.append(3)
    assert history.append(3)
    assert words(history.disk.operations) == [
        *("name", "write", "truncate"),
        *("unlink", "name", "write", "sync", "sync names"),
    ]


def test_a_new_name_that_cannot_be_made_safe_is_made_anew() -> None:
    history = History()
    history.disk.faults.append(failing("sync names", errno.EIO))
    assert not history.append(3)
    assert history.append(3)
    for survival in SURVIVALS:
        history.check(history.now, survival)


def filled() -> tuple[MemoryDisk, str, bytes]:
    """A disk with one segment of three frames of two lines each; its name, and its bytes."""
    log = Log(disk := MemoryDisk(), 10_000)
    log.open()
    for first in (0, 2, 4):
        log.append(numbered(first, 2), 2)
    (name,) = disk.names()
    return disk, name, disk.read(name)


def test_a_torn_end_is_cut_off_and_that_is_said(caplog: pytest.LogCaptureFixture) -> None:
    _, name, data = filled()
    disk = disk_with({name: data[:-5]})
    assert recovered(disk)[0] == numbered(0, 4).splitlines(keepends=True)
    assert len(disk.read(name)) == len(data) * 2 // 3
    assert f"cut off its last {len(data) // 3 - 5} bytes" in caplog.text


@pytest.mark.parametrize("place", [5, 40])
def test_what_is_more_than_a_torn_end_is_kept_aside(
    place: int, caplog: pytest.LogCaptureFixture
) -> None:
    _, name, data = filled()
    frame = len(data) // 3
    damaged = bytearray(data)
    for begin in (frame, 2 * frame):  # the last two: in their heads, or in their lines
        damaged[begin + place] ^= 1
    disk = disk_with({name: bytes(damaged)})
    assert recovered(disk)[0] == numbered(0, 2).splitlines(keepends=True)
    assert f"{name} is corrupt: its last {2 * frame} bytes are skipped" in caplog.text
    assert disk.read(name + ".corrupt") == damaged
    log = Log(disk, SEGMENT)
    log.open()
    log.append(numbered(2, 5), 5)
    assert recovered(disk)[0] == numbered(0, 7).splitlines(keepends=True)
    log.forget(log.end)
    assert disk.read(name + ".corrupt") == damaged


def test_a_file_without_anything_whole_is_kept_aside_though_another_one_takes_its_name() -> None:
    _, name, data = filled()
    damaged = bytes(byte ^ (number % 20 == 19) for number, byte in enumerate(data))
    disk = disk_with({name: damaged})
    log = Log(disk, SEGMENT)
    log.open()
    log.append(numbered(0, 3), 3)
    assert recovered(disk)[0] == numbered(0, 3).splitlines(keepends=True)
    assert disk.read(name + ".corrupt") == damaged


def three() -> tuple[MemoryDisk, list[str]]:
    """A disk with three segments of two lines each, and their names."""
    log = Log(disk := MemoryDisk(), 1)
    log.open()
    for first in (0, 2, 4):
        log.append(numbered(first, 2), 2)
    return disk, sorted(disk.names())


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_between_two_files_it_is_noticed_that_one_is_missing(lost: int) -> None:
    disk, names = three()
    del disk.names_of[names[lost]]
    lines, ledger = recovered(disk)
    assert [int(line) for line in lines] == [each for each in range(6) if each // 2 != lost]
    assert dict(ledger.dropped) == ({"corrupt": 2} if lost == 1 else {})


def test_a_first_file_that_is_gone_is_said(caplog: pytest.LogCaptureFixture) -> None:
    disk, names = three()
    log = Log(disk, SEGMENT)
    log.open()
    log.forget(Point(HEAD.size + 7, 1))
    del disk.names_of[names[0]]
    lines, _ = recovered(disk)
    assert lines == numbered(2, 4).splitlines(keepends=True)
    assert f"1 lines before {names[1]} count as delivered, and nobody noted that" in caplog.text
    log = Log(disk, SEGMENT)
    log.open()
    log.forget(log.end)
    caplog.clear()
    log.append(numbered(6, 1), 1)
    recovered(disk)
    assert not caplog.text


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("digit", [0, 2, 10, 17, 21, 40])
def test_a_file_with_a_wrong_name_gets_the_right_one(
    number: int, digit: int, caplog: pytest.LogCaptureFixture
) -> None:
    disk, names = three()
    name = names[number]
    wrong = name[:digit] + str(9 - int(name[digit])) + name[digit + 1 :]
    disk.names_of[wrong] = disk.names_of.pop(name)
    lines, ledger = recovered(disk)
    assert lines == numbered(0, 6).splitlines(keepends=True)
    assert (ledger.accepted, dict(ledger.dropped)) == (6, {})
    assert f"{wrong} is not what it is named for: it is {name} now" in caplog.text
    assert sorted(disk.names()) == names


def test_a_file_with_a_wrong_name_whose_name_is_taken_is_kept_aside() -> None:
    disk, names = three()
    wrong = Point(10**6, 50).name
    disk.names_of[wrong] = len(disk.files)
    disk.files[len(disk.files)] = bytearray(disk.read(names[1]))
    assert recovered(disk)[0] == numbered(0, 6).splitlines(keepends=True)
    assert sorted(disk.names()) == sorted([*names, wrong + ".corrupt"])


def test_a_file_with_a_number_that_cannot_be_is_kept_aside_if_nothing_in_it_is_whole() -> None:
    disk, names = three()
    wrong = f"{10**20 - 1}-{0:020}.lines"
    disk.names_of[wrong] = len(disk.files)
    disk.files[len(disk.files)] = bytearray(b"no frame")
    log = Log(disk, SEGMENT)
    log.open()
    log.append(numbered(6, 1), 1)
    assert recovered(disk)[0] == numbered(0, 7).splitlines(keepends=True)
    assert disk.read(wrong + ".corrupt") == b"no frame"
    assert set(names) < set(disk.names())


@pytest.mark.parametrize("place", range(4, 20))
def test_a_head_that_is_damaged_does_not_change_the_name_of_its_file(place: int) -> None:
    disk, names = three()
    disk.files[disk.names_of[names[1]]][place] ^= 1
    lines, ledger = recovered(disk)
    assert [int(line) for line in lines] == [0, 1, 4, 5]
    assert dict(ledger.dropped) == {"corrupt": 2}
    assert sorted(disk.names()) == sorted([*names, names[1] + ".corrupt"])


def test_what_was_only_in_memory_is_synced_before_anybody_relies_on_it() -> None:
    disk, _, _ = filled()
    before = len(disk.operations)
    recovered(disk)
    assert words(disk.operations[before:]) == ["sync", "sync names"]


def test_damage_in_the_middle_costs_what_is_damaged_and_is_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    _, name, data = filled()
    damaged = bytearray(data)
    damaged[len(data) // 2] ^= 1
    disk = disk_with({name: bytes(damaged)})
    lines, ledger = recovered(disk)
    assert lines == [b"000000\n", b"000001\n", b"000004\n", b"000005\n"]
    assert (ledger.accepted, dict(ledger.dropped)) == (6, {"corrupt": 2})
    assert f"{name} is corrupt: {len(data) // 3} bytes of it are skipped" in caplog.text
    log = Log(disk, SEGMENT)
    log.open()
    log.forget(log.end)
    assert sorted(disk.names()) == [name + ".corrupt", "delivered"]
    assert disk.read(name + ".corrupt") == damaged


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_file_that_is_gone_or_empty_costs_its_own_lines_only(lost: int) -> None:
    log = Log(disk := MemoryDisk(), 1)
    log.open()
    for first in (0, 2, 4):
        log.append(numbered(first, 2), 2)
    name = sorted(disk.names())[lost]
    disk.files[disk.names_of[name]].clear()
    lines, ledger = recovered(disk)
    kept = [number for number in range(6) if number // 2 != lost]
    assert list(map(int, lines)) == kept
    # Nobody can know what stood at the end.
    assert dict(ledger.dropped) == ({} if lost == 2 else {"corrupt": 2})


def test_what_goes_bad_while_it_waits_is_counted_when_it_is_read() -> None:
    disk, name, data = filled()
    log = Log(disk, 10_000)
    _, begin = log.open()
    for place in (len(data) // 2, len(data) - 1):
        disk.files[disk.names_of[name]][place] ^= 1
    (frame,) = log.read(begin, 1000)
    assert (frame.at.line, frame.end.line, log.end.line) == (0, 2, 6)
    assert log.read(frame.end, 1000) == []


def test_small_frames_are_read_many_at_once() -> None:
    log = Log(disk := MemoryDisk(), 10_000)
    log.open()
    for first in range(200):
        log.append(numbered(first, 1), 1)
    reads: list[object] = []
    disk.faults.append(lambda word, *_: reads.append(word) if word == "read" else None)
    assert len(log.read(Point(0, 0), 10**6)) == 200
    assert len(reads) == 1


@pytest.mark.parametrize("enough", [1, 31, 32, 45, 46, 47, 100])
def test_the_next_frame_is_read_however_little_is_enough(enough: int) -> None:
    disk, *_ = filled()
    log = Log(disk, 10_000)
    _, at = log.open()
    found = []
    while frames := log.read(at, enough):
        found += frames
        at = frames[-1].end
    assert b"".join(frame.payload for frame in found) == numbered(0, 6)


def test_a_damaged_mark_means_that_all_is_delivered_again(caplog: pytest.LogCaptureFixture) -> None:
    disk, name, data = filled()
    log = Log(disk, 10_000)
    log.open()
    log.forget(Point(log.end.position // 3, 2))
    assert len(recovered(disk)[0]) == 4
    assert len(recovered(disk_with({name: data, "delivered": b"80 2 00000000\n"}))[0]) == 6
    assert "all that is here is delivered again" in caplog.text


def test_files_go_as_soon_as_all_of_their_lines_are_delivered() -> None:
    history = History()
    for _ in range(3):
        history.append(12)
    frame = HEAD.size + 12 * (WIDTH + 1)
    assert (len(history.disk.names()), history.log.kept) == (3, 3 * frame)
    history.forget(23)
    assert (len(history.disk.names()), history.log.kept) == (3, 2 * frame)  # and the mark
    history.forget(36)
    assert (history.disk.names(), history.log.kept) == (["delivered"], 0)
    assert history.append(1)
    assert recovered(history.disk)[0] == [b"000036\n"]


def test_the_file_that_is_written_to_stays() -> None:
    history = History()
    history.append(2)
    history.forget(2)
    assert len(history.disk.names()) == 2
    history.append(3)
    assert recovered(history.disk)[0] == numbered(2, 3).splitlines(keepends=True)


def test_what_a_crash_left_of_a_mark_does_not_get_into_the_next_one() -> None:
    history = History(disk_with({"delivered.new": b"12 1"}))
    history.append(2)
    history.forget(1)
    history.log.close()
    assert recovered(history.disk)[0] == [b"000001\n"]


def test_files_go_even_if_the_mark_cannot_be_written() -> None:
    history = History()
    for _ in range(2):
        history.append(20)
    history.append(2)
    history.disk.faults.append(failing("write", errno.ENOSPC, times=9))
    history.delivered.append((history.now, 40))
    with pytest.raises(OSError, match="ENOSPC"):
        history.log.forget(history.ends[40])
    assert len(history.disk.names()) == 2  # one of them is what is left of the try
    for count in range(history.now + 1):
        for survival in SURVIVALS:
            history.check(count, survival)
