"""A file is cut into symbols, and nothing is lost on the way."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapters.errors import CourseError
from chapters.pieces import join, parse, walk
from chapters.source import Address, find, head_spans, joined_spans, symbols, text_of
from tests.course.fixture_course import FIXTURE, PROJECT

REAL = sorted([*FIXTURE.rglob("*.py"), *(PROJECT / "chapters").glob("*.py"), Path(ast.__file__)])

MODULE = '''\
"""The module."""

import os, sys

LIMIT = 3
"""How many there may be."""
A, (B, *C) = 1, (2, 3)
counts: dict[str, int] = {}; other = 2


# detached

# above
# and above
@decorated(
    "twice",
)
def work(a: int = {"x": 1}["x"], *, b: "lambda: 0" = (lambda: 1)) -> dict[str, int]:  # remark
    # within
    """Works."""
    def nested():
        return 1
    return nested
    # behind


def one(x): return x
class Leaf(Exception): pass
atexit.register(
    work
)

if sys.platform == "linux":
    def guarded(): return 1
elif os.name == "nt":
    # note
    def guarded(): return 2
    # tail
else:
    guarded = None

try:
    import fast
except ImportError:
    fast = None


class Box(
    Base,
    metaclass=Meta,
):
    """A box."""

    size: int
    log = []

    @property
    def full(self):
        """Is it?"""
        return True

    @full.setter
    def full(self, value): ...

    async def fill(self):
        yield 1
    class Inner:
        def deep(self):
            pass
'''


def test_every_definition_of_a_module_is_a_symbol_under_its_qualified_name():
    kinds = {name: symbol.kind for name, symbol in symbols(MODULE).items()}
    assert kinds == {
        "__doc__": "docstring",
        "os": "import",
        "sys": "import",
        "LIMIT": "assignment",
        "A": "assignment",
        "B": "assignment",
        "C": "assignment",
        "counts": "assignment",
        "other": "assignment",
        "work": "function",
        "one": "function",
        "Leaf": "class",
        "atexit.register(": "statement",
        "guarded": "function",
        "fast": "import",
        "Box": "class",
        "Box.__doc__": "docstring",
        "Box.size": "assignment",
        "Box.log": "assignment",
        "Box.full": "function",
        "Box.fill": "function",
        "Box.Inner": "class",
        "Box.Inner.deep": "function",
    }


def test_a_symbol_begins_at_the_comments_directly_above_it():
    text = text_of(MODULE, "work")
    assert text.startswith("# above\n# and above\n@decorated(")
    assert text.endswith("    # behind\n")


def test_a_property_and_its_setter_are_one_symbol_with_two_spans():
    symbol = find(MODULE, "Box.full")
    assert len(symbol.spans) == 2
    assert joined_spans(MODULE, symbol) == [(symbol.start, symbol.end)]
    assert text_of(MODULE, "Box.full").count("def full") == 2


def test_definitions_apart_are_shown_one_after_the_other():
    assert text_of(MODULE, "guarded") == (
        "    def guarded(): return 1\n    # note\n    def guarded(): return 2\n    guarded = None\n"
    )


def test_the_string_below_an_assignment_belongs_to_it():
    assert text_of(MODULE, "LIMIT") == 'LIMIT = 3\n"""How many there may be."""\n'


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("work", '    """Works."""'),
        ("one", "def one(x): return x"),
        ("Box", "    log = []"),
        ("Box.Inner", "    class Inner:"),
        ("Box.fill", "    async def fill(self):"),
        ("LIMIT", '"""How many there may be."""'),
    ],
)
def test_a_head_ends_before_what_the_symbol_does(name: str, last: str):
    _, end = head_spans(MODULE, name)[-1]
    assert MODULE.split("\n")[end - 1] == last


@pytest.mark.parametrize("look_up", [find, text_of, head_spans])
def test_an_unknown_symbol_is_an_error_with_the_names_there_are(look_up):
    with pytest.raises(CourseError, match=r"no 'works'.*work, one"):
        look_up(MODULE, "works")


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_joining_the_pieces_of_a_real_file_gives_it_back(path: Path):
    text = path.read_text(encoding="utf-8")
    assert join(parse(text)) == text


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_every_line_of_a_real_file_that_says_something_is_in_a_symbol_or_opens_one(path: Path):
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    known = {line for piece in walk(parse(text)) for line in range(piece.start, piece.last + 1)}
    assert not [
        line for number, line in enumerate(lines, 1) if number not in known and is_code(line)
    ]


def is_code(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


WORDS = st.from_regex(r"[a-z_]+(/[a-z_]+)*\.(py|txt)", fullmatch=True)
SYMBOLS = st.none() | st.from_regex(r"[A-Za-z_]+(\.[a-z_]+)?", fullmatch=True)


@given(WORDS, SYMBOLS)
def test_an_address_comes_back_from_its_text(path: str, symbol: str | None):
    address = Address(path, symbol)
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize("text", ["", ":x", "a.py:", "/a.py", "../a.py:x", "a\\b.py"])
def test_what_is_no_address_is_an_error_that_says_so(text: str):
    with pytest.raises(CourseError, match=r"is not an address; write path/to/file\.py"):
        Address.parse(text)


@pytest.mark.parametrize(
    ("cover", "covered", "answer"),
    [
        ("a.py", "a.py:X.y", True),
        ("a.py:X", "a.py:X.y.z", True),
        ("a.py:X", "a.py:X", True),
        ("a.py:X", "a.py:Xy", False),
        ("a.py:X.y", "a.py:X", False),
        ("a.py:X", "a.py", False),
        ("b.py", "a.py:X", False),
    ],
)
def test_a_file_covers_its_symbols_and_a_class_its_members(cover: str, covered: str, answer: bool):
    assert Address.parse(cover).covers(Address.parse(covered)) is answer
