"""Invariants 4 to 6, on a course that keeps them and with violations planted in copies of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chapters.course import Course
from chapters.verify.consoles import check_consoles
from chapters.verify.finding import Finding
from chapters.verify.listed import check_listings
from chapters.verify.shown import check_shown
from tests.course.fixture_course import edit
from tests.course.verified_course import make_verified_course, write

FIRST = "docs/chapters/01-greet.md"
SECOND = "docs/chapters/02-loud.md"
LOUD = "chapters/02-loud/chapter.toml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make_verified_course(tmp_path)
    return tmp_path


def shown(root: Path) -> tuple[Finding, ...]:
    return check_shown(Course.load(root)).findings


def listed(root: Path) -> tuple[Finding, ...]:
    return check_listings(Course.load(root)).findings


def test_a_clean_course_shows_and_tells_everything(root: Path) -> None:
    assert shown(root) == ()
    assert listed(root) == ()
    assert check_listings(Course.load(root)).checked == "5 listings on 3 pages"


def test_a_clean_course_has_true_consoles(root: Path) -> None:
    report = check_consoles(Course.load(root))
    assert report.findings == ()
    assert report.checked == "3 commands on 3 pages, 1 block not run"


def test_a_new_line_that_no_listing_shows_is_found(root: Path) -> None:
    edit(root / FIRST, "reverseproxy/greeting.py:name_of\n", "")
    (finding,) = shown(root)
    assert finding.where == FIRST
    assert "reverseproxy/greeting.py:6-8" in finding.found
    assert "def name_of" in finding.found


def test_a_changed_line_that_no_listing_shows_is_found(root: Path) -> None:
    edit(root / SECOND, "reverseproxy/greeting.py:greet:changed\n", "")
    (finding,) = shown(root)
    assert 'return shout(f"hello {name_of(name)}")' in finding.found


def test_a_comment_counts_as_a_line(root: Path) -> None:
    loud = root / "reverseproxy" / "loud.py"
    loud.write_text(f"{loud.read_text()}\n\n# A word at the end\nLAST = 1\n")
    edit(root / LOUD, "told =", 'given = ["reverseproxy/loud.py:LAST"]\ntold =')
    (finding,) = shown(root)
    assert "reverseproxy/loud.py:9-10" in finding.found


def test_an_import_for_types_alone_needs_no_listing_and_what_stands_beside_it_does(
    root: Path,
) -> None:
    loud = root / "reverseproxy" / "loud.py"
    guarded = f"{loud.read_text()}\n\nif __debug__:\n    import types\n"
    loud.write_text(guarded)
    assert shown(root) == ()
    loud.write_text(f"{guarded}    types.LAST = 1\n")
    (finding,) = shown(root)
    assert "reverseproxy/loud.py" in finding.found


def test_what_the_reference_page_says_of_a_public_class_needs_no_listing(root: Path) -> None:
    loud, init = root / "reverseproxy" / "loud.py", root / "reverseproxy" / "__init__.py"
    made = 'class Horn:\n    def __init__(self) -> None:\n        """Loud."""\n        print()\n'
    loud.write_text(f"{loud.read_text()}\n\n{made}")
    before = check_shown(Course.load(root)).checked
    edit(init, "__all__ = [", '__all__ = ["Horn", ')
    init.write_text(f"from reverseproxy.loud import Horn\n{init.read_text()}")
    after = check_shown(Course.load(root)).checked
    assert int(before.split()[0]) - int(after.split()[0]) == 1


def test_what_an_earlier_step_shows_counts_when_it_stays(root: Path) -> None:
    edit(root / SECOND, "```listing\n", "```listing step=1\n")
    edit(root / SECOND, "reverseproxy/greeting.py:greet:changed\n", "")
    (finding,) = shown(root)
    assert "reverseproxy/greeting.py" in finding.found


def test_exceptions_excuse_lines_up_to_their_share(root: Path) -> None:
    edit(root / FIRST, "reverseproxy/greeting.py:MARK\n", "")
    unshown = '\n[[unshown]]\naddress = "reverseproxy/greeting.py:MARK"\nreason = "tiny"\n'
    toml = root / "chapters" / "01-greet" / "chapter.toml"
    toml.write_text(toml.read_text() + unshown)
    (finding,) = shown(root)
    assert finding.found == "1 of 5 lines are excused (20%)"
    assert finding.allowed == "5%"


def test_an_exception_that_excuses_nothing_is_found(root: Path) -> None:
    unshown = '\n[[unshown]]\naddress = "reverseproxy/greeting.py:MARK"\nreason = "tiny"\n'
    toml = root / "chapters" / "01-greet" / "chapter.toml"
    toml.write_text(toml.read_text() + unshown)
    (finding,) = shown(root)
    assert "excuses no line" in finding.found


def test_a_chapter_without_a_page_is_found(root: Path) -> None:
    (root / SECOND).unlink()
    assert [finding.found for finding in shown(root)] == ["the chapter has no page"]


def test_a_removal_that_is_not_told_is_found(root: Path) -> None:
    edit(root / LOUD, 'told = ["reverseproxy/greeting.py:MARK"]\n', "")
    (finding,) = shown(root)
    assert finding.found == "reverseproxy/greeting.py:MARK is removed, and not told"


def test_a_removal_that_only_code_names_is_found(root: Path) -> None:
    edit(root / SECOND, "`MARK` goes: `shout` has", "It goes, but MARKET stays: it has")
    (finding,) = shown(root)
    assert "the prose never says 'MARK'" in finding.found


def test_a_telling_of_what_stays_is_found(root: Path) -> None:
    edit(root / LOUD, ":MARK", ':MARK", "reverseproxy/greeting.py:name_of')
    (finding,) = shown(root)
    assert "the chapter does not remove it" in finding.found


@pytest.mark.parametrize(
    "address",
    ["reverseproxy/greeting.py:gone", "reverseproxy/gone.py", "reverseproxy/loud.py:shout"],
)
def test_an_address_that_leads_nowhere_is_found(root: Path, address: str) -> None:
    edit(root / FIRST, "reverseproxy/greeting.py:MARK", address)
    (finding,) = listed(root)
    assert finding.where == f"{FIRST}:4"
    assert address in finding.found


def test_an_empty_listing_and_an_unknown_tree_are_found(root: Path) -> None:
    write(root, "docs/more.md", "```listing tree=01\n```\n\n```listing tree=09\nmain.py\n```\n")
    empty, unknown = listed(root)
    assert empty.found == "the block is empty"
    assert "there is no chapter 9" in unknown.found


def test_a_listing_outside_a_chapter_has_to_name_its_tree(root: Path) -> None:
    write(root, "docs/more.md", "```listing\nmain.py\n```\n")
    (finding,) = listed(root)
    assert "tree=NN" in finding.found


def test_a_listing_that_is_too_long_is_found(root: Path) -> None:
    lines = "".join(f"    {number},\n" for number in range(30))
    loud = root / "reverseproxy" / "loud.py"
    loud.write_text(f"{loud.read_text()}\n\nNUMBERS = [\n{lines}]\n")
    edit(root / LOUD, "told =", 'given = ["reverseproxy/loud.py:NUMBERS"]\ntold =')
    edit(root / SECOND, "loud.py:shout\n", "loud.py:shout\nreverseproxy/loud.py:NUMBERS\n")
    (finding,) = listed(root)
    assert finding.found == "reverseproxy/loud.py:NUMBERS has 32 lines"


def test_code_typed_by_hand_is_found(root: Path) -> None:
    edit(root / FIRST, "```python aside\n", "```python\n")
    (finding,) = listed(root)
    assert finding.found == "a ```python block typed by hand"


@pytest.mark.parametrize("info", ["python aside", "text"])
def test_two_lines_copied_from_the_code_are_found_whatever_the_block_is(
    root: Path, info: str
) -> None:
    page = root / FIRST
    copied = '    """A greeting in words."""\n\n    return f"hello {name_of(name)}{MARK}"'
    page.write_text(f"{page.read_text()}\n```{info}\n{copied}\n```\n")
    (finding,) = listed(root)
    assert "lines copied from the code" in finding.found


def test_a_block_that_is_never_closed_is_found(root: Path) -> None:
    page = root / FIRST
    page.write_text(f"{page.read_text()}\n```listing\n")
    assert any("never closed" in finding.found for finding in listed(root))


def test_output_that_is_not_so_is_found_with_its_page_and_line(root: Path) -> None:
    edit(root / "docs" / "index.md", "hello al!", "hello Al!")
    (finding,) = check_consoles(Course.load(root)).findings
    assert finding.where == "docs/index.md:4"
    assert finding.found.splitlines()[1:] == ["- hello Al!", "+ hello al!"]


def test_what_is_found_on_pages_that_run_side_by_side_is_in_their_order(root: Path) -> None:
    edit(root / FIRST, "hello bo!", "hello Bo!")
    edit(root / SECOND, "HELLO BO!", "HELLO Bo!")
    edit(root / "docs" / "index.md", "hello al!", "hello Al!")
    places = [finding.where for finding in check_consoles(Course.load(root)).findings]
    assert [place.partition(":")[0] for place in places] == [FIRST, SECOND, "docs/index.md"]


def test_an_unknown_option_of_a_console_is_found(root: Path) -> None:
    edit(root / "docs" / "index.md", "```console tree=01", "```console tre=01")
    (finding,) = check_consoles(Course.load(root)).findings
    assert "no option 'tre'" in finding.found
