"""Listings: what an address shows, where it says it stands, and what it calls new."""

import pytest

from chapters.errors import CourseError
from chapters.listings import Listing, listing_of
from tests.course.sample_book import LOUD, NEW_GREETING, OLD_GREETING

GREETING = "reverseproxy/greeting.py"
BEFORE = {GREETING: OLD_GREETING.encode()}
AFTER = {
    GREETING: NEW_GREETING.encode(),
    "reverseproxy/loud.py": LOUD.encode(),
    "main.py": b"print('hello')\n",
    "Makefile": b"test:\n\tpytest\n",
}


def show(spec: str) -> Listing:
    return listing_of(spec, AFTER, BEFORE)


def numbers(listing: Listing) -> list[int]:
    return [line.number for line in listing.lines]


def new_numbers(listing: Listing) -> list[int]:
    return [line.number for line in listing.lines if line.new]


def test_a_new_function_is_new_and_comes_with_the_comment_above_it() -> None:
    listing = show("reverseproxy/loud.py:shout")
    assert listing.location == "reverseproxy/loud.py, function shout, new"
    assert numbers(listing) == [6, 7, 8, 9]
    assert listing.code.startswith("# Upper case is how one shouts")
    assert not listing.marks_lines


def test_a_new_method_of_an_old_class_is_new() -> None:
    listing = show(f"{GREETING}:Greeter.part")
    assert listing.location == f"{GREETING}, method Greeter.part, new"
    assert numbers(listing) == new_numbers(listing) == [19, 20, 21]


def test_a_changed_method_counts_and_marks_its_new_lines() -> None:
    listing = show(f"{GREETING}:Greeter.greet")
    assert listing.location == f"{GREETING}, method Greeter.greet, changed: 2 lines"
    assert numbers(listing) == [14, 15, 16, 17]
    assert new_numbers(listing) == [16, 17]
    assert listing.marks_lines


def test_what_the_chapter_left_alone_is_as_before() -> None:
    listing = show(f"{GREETING}:WORDS")
    assert listing.location == f"{GREETING}, WORDS, as before"
    assert listing.code == 'WORDS = ("hello", "welcome")'


def test_a_symbol_that_only_lost_lines_says_how_many() -> None:
    listing = listing_of(f"{GREETING}:Greeter", BEFORE, AFTER)
    assert listing.state == "changed: 1 line"
    shorter = {"a.py": b"def f():\n    return 1\n"}
    longer = {"a.py": b"def f():\n    x = 1\n    del x\n    return 1\n"}
    assert listing_of("a.py:f", shorter, longer).state == "changed: 2 lines gone"


def test_the_head_of_a_class_ends_before_its_first_method() -> None:
    listing = show(f"{GREETING}:Greeter:head")
    assert listing.what == "the head of class Greeter"
    assert listing.code == 'class Greeter:\n    """Greets by name."""'


def test_the_head_of_a_function_is_its_contract() -> None:
    listing = show("reverseproxy/loud.py:shout:head")
    assert numbers(listing) == [6, 7, 8]
    assert "return" not in listing.code


def test_changed_shows_two_lines_around_and_leaves_the_rest_out() -> None:
    listing = show(f"{GREETING}:Greeter:changed")
    assert new_numbers(listing) == [16, 17, 18, 19, 20, 21]
    assert numbers(listing) == [14, 15, 16, 17, 18, 19, 20, 21]


def test_changed_of_a_whole_file_is_an_address_too() -> None:
    assert numbers(show(f"{GREETING}::changed"))[:5] == [1, 2, 3, 4, 5]


def test_a_whole_file_has_no_symbol_in_its_place() -> None:
    listing = show("main.py")
    assert listing.location == "main.py, new"
    assert listing.code == "print('hello')"


def test_a_symbol_keeps_its_indentation_and_loses_blank_lines_around() -> None:
    lines = show(f"{GREETING}:Greeter.part").code.splitlines()
    assert lines[0] == "    def part(self):"
    assert lines[-1] == '        return shout("goodbye")'


def test_a_property_and_its_setter_are_one_listing() -> None:
    text = (
        "class Box:\n    @property\n    def size(self):\n        return 1\n\n"
        "    @size.setter\n    def size(self, value):\n        pass\n"
    )
    listing = listing_of("box.py:Box.size", {"box.py": text.encode()}, {})
    assert numbers(listing) == [2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("reverseproxy/lout.py", "there is no file reverseproxy/lout.py; there is .*loud.py"),
        (f"{GREETING}:Greeter.leave", "there is no 'Greeter.leave' in it; it has: .*Greeter.part"),
        (f"{GREETING}:Greeter:tail", "write path, path:Symbol, path:Symbol:head, "),
        (f"{GREETING}:Greeter:head:x", "is not the address of a listing"),
        (f"{GREETING}:", "is not the address of a listing"),
        (f"{GREETING}::head", "is not the address of a listing"),
        (f"{GREETING}:WORDS:changed", "no line of .*WORDS is new here: leave :changed out"),
        ("Makefile:test", "Makefile is not Python, so it has no symbol 'test'"),
    ],
)
def test_an_address_that_leads_nowhere_says_what_there_is(spec: str, message: str) -> None:
    with pytest.raises(CourseError, match=message):
        show(spec)
