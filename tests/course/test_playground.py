"""The playground: its positions are runs of the book's own code, and all are on its page."""

import json
import re
from pathlib import Path
from random import Random

import pytest

from chapters.course import Course
from chapters.errors import CourseError
from chapters.figures.playground import settings_of
from chapters.figures.positions import (
    CONTROLS,
    POSITIONS,
    SECONDS,
    Position,
    dumps,
    line,
    loads,
    number_of,
    values_of,
)
from chapters.figures.recording import PLAYGROUND, record, written
from chapters.site.playground import playground
from reverseproxy.policies.names import POLICIES
from tests.course.sample_book import PROJECT

FILE = PROJECT / PLAYGROUND.file


@pytest.fixture(scope="module")
def positions() -> list[Position]:
    return loads(FILE.read_text(encoding="utf-8"), FILE.name)


def test_some_positions_are_what_the_code_of_their_chapter_does_now(
    positions: list[Position],
) -> None:
    chosen = sorted(Random(14).sample(range(POSITIONS), 12))
    found = record(Course.load(PROJECT), PLAYGROUND, *map(str, chosen)).splitlines()
    kept = [line(positions[number]) for number in chosen]
    assert found == kept, f"{PLAYGROUND.file} is stale: make figures records it"


def test_it_is_small_enough_for_a_page() -> None:
    assert POSITIONS <= 300
    assert FILE.stat().st_size < 80_000


def test_it_is_written_as_it_is_read(positions: list[Position]) -> None:
    assert dumps(positions) == written(Course.load(PROJECT), PLAYGROUND)


def test_every_position_has_values_of_its_own() -> None:
    found = [values_of(number) for number in range(POSITIONS)]
    assert len(set(found)) == POSITIONS
    names = [control.name for control in CONTROLS]
    for number, values in enumerate(found):
        assert number_of(**dict(zip(names, values, strict=True))) == number


def test_its_policies_are_those_of_the_package() -> None:
    assert {value for value, _ in CONTROLS[0].values} < set(POLICIES)
    assert len({repr(settings_of(number)) for number in range(POSITIONS)}) == POSITIONS


def test_numbers_of_a_position_fit_together(positions: list[Position]) -> None:
    for each in positions:
        assert sum(each.lost) == each.errors <= each.requests
        assert 98 <= sum(each.shares) <= 102
        assert len(each.slowest) == len(each.lost) == SECONDS
        assert each.p50 <= each.p99
        assert all(0 <= part <= 100 for part in each.busy)


def test_the_same_requests_come_whatever_else_is_chosen(positions: list[Position]) -> None:
    came: dict[tuple[str, ...], set[int]] = {}
    for number, each in enumerate(positions):
        came.setdefault(values_of(number)[1:3], set()).add(each.requests)
    assert {len(counts) for counts in came.values()} == {1}


def at(positions: list[Position], **values: str) -> Position:
    begin = {"policy": "round-robin", "load": "60", "upstreams": "equal", "happens": "nothing"}
    return positions[number_of(**(begin | {"help": "off"} | values))]


def test_what_the_book_says_can_be_seen_in_it(positions: list[Position]) -> None:
    dead = {"happens": "dies"}
    assert at(positions, **dead).errors > 100
    assert at(positions, **dead, help="on").errors == 0
    trap = at(positions, **dead, policy="least-conn")
    assert trap.errors > 1.5 * at(positions, **dead).errors, "who refuses has nothing in flight"
    unequal = [at(positions, upstreams="unequal", policy=each) for each in ("round-robin", "p2c")]
    assert unequal[0].p99 > 3 * unequal[1].p99
    keyed = [at(positions, policy=each) for each in ("ring", "bounded")]
    assert max(keyed[0].shares) > 35 > max(keyed[1].shares)


# The block


def test_the_page_has_a_table_without_javascript_and_all_positions_for_it(
    positions: list[Position],
) -> None:
    made = playground(FILE, "<figcaption>x</figcaption>")
    assert made.count("<table") == 2
    assert made.count('scope="row"') == 2 * len(CONTROLS[0].values)
    assert f"{at(positions, happens='dies').p99} ms" in made
    data = json.loads(re.findall(r"<script[^>]*>(.*)</script>", made)[0])
    assert len(data["positions"]) == POSITIONS
    assert data["controls"][0]["values"][0] == ["round-robin", "round robin"]
    assert values_of(data["begin"]) == ("round-robin", "60", "equal", "dies", "off")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "x.json has 0 positions instead of 288: make figures"),
        ("[3]", "x.json holds no positions: "),
        ("what", "x.json holds no positions: "),
    ],
)
def test_a_file_that_does_not_hold_them_is_named(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match=f"^{message}"):
        playground(path, "")
    with pytest.raises(CourseError, match=r"there is no file y\.json"):
        playground(tmp_path / "y.json", "")
