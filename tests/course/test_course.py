"""An error in a chapter.toml: the message names what is wrong, where, and what is allowed."""

from pathlib import Path

import pytest

from chapters.course import Course
from chapters.errors import CourseError
from tests.course.fixture_course import make_course


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_course(tmp_path / "course").root


# The chapter.toml of chapter 2 is changed from the first text to the second.
PLANTED = {
    "an unknown key": (
        "minutes = 45",
        "minutes = 45\nhours = 1",
        "hours is unknown; allowed: title,",
    ),
    "an unknown key of a step": ("with = [", "wiht = [", r"\[\[steps\]\] 2: wiht is unknown"),
    "a number that is a text": (
        "minutes = 45",
        'minutes = "45"',
        "minutes = '45', but it must be a wh",
    ),
    "a missing title": (
        'title = "Bodies on their way — in chunks"\n',
        "",
        "title = None, but it must",
    ),
    "a list that is a text": (
        'changed = ["reverseproxy/fields.py", "reverseproxy/greetings.txt"]',
        'changed = "reverseproxy/fields.py"',
        "changed = 'reverseproxy/fields.py', but it must be a list",
    ),
    "what is not TOML": ("minutes = 45", "minutes =", "is not TOML"),
    "a file listed twice": (
        "added = [\n",
        'added = [\n    "reverseproxy/flow/taps.py",\n',
        "added lists 'reverseproxy/flow/taps.py' twice",
    ),
    "a file on two lists": (
        "added = [\n",
        'added = [\n    "reverseproxy/greetings.txt",\n',
        "'reverseproxy/greetings.txt', but chapter 1 has made it: list it as changed",
    ),
    "a file both changed and removed": (
        "changed = [",
        'removed = ["reverseproxy/greetings.txt"]\nchanged = [',
        "removed lists 'reverseproxy/greetings.txt', but changed lists it as well",
    ),
    "a file that nobody made": (
        "changed = [",
        'changed = ["reverseproxy/nobody.py", ',
        r"changed lists 'reverseproxy/nobody.py', but no chapter before has it \(no chap",
    ),
    "a file that does not exist": (
        "added = [",
        'added = ["reverseproxy/ghost.py", ',
        "lists 'reverseproxy/ghost.py', but reverseproxy/ghost.py does not exist",
    ),
    "a file outside the package": (
        "added = [",
        'added = ["docs/index.md", ',
        "'docs/index.md', which is not in reverseproxy/",
    ),
    "a changed __init__": (
        "changed = [",
        'changed = ["reverseproxy/__init__.py", ',
        "but an __init__.py is derived",
    ),
    "no address": ("Fields.__slots__", "", "given: 'reverseproxy/fields.py:' is not an address"),
    "a step without an exercise": (
        'symbols = ["reverseproxy/fields.py:Fields.add", "reverseproxy/fields.py:Fields.limit"]',
        "symbols = []",
        r"\[\[steps\]\] 1: symbols = \[\], but it must be a list of at least one",
    ),
    "an unknown symbol": (
        "Fields.__slots__",
        "Fields.slots",
        r"given lists 'reverseproxy/fields.py:Fields.slots', but there is no such symbol.*s.add",
    ),
    "an unknown file": (
        "reverseproxy/fields.py:Fields.__slots__",
        "reverseproxy/filds.py",
        "'reverseproxy/filds.py', but the chapter does not touch that file; it touches: rev",
    ),
    "a symbol in two steps": (
        'with = ["reverseproxy/flow/stream.py:_cut"]',
        'with = ["reverseproxy/flow/stream.py:_cut", "reverseproxy/flow/taps.py:tap"]',
        "taps.py:tap is listed twice, as withheld of step 3 and as exercise of step 4",
    ),
    "a changed symbol on no list": (
        '"reverseproxy/fields.py:Fields.add", ',
        "",
        r"chapter 2 adds or changes reverseproxy/fields.py:Fields.add, which is on no list",
    ),
    "an exercise that is a class": (
        "reverseproxy/flow/stream.py:Stream.read",
        "reverseproxy/flow/stream.py:Stream",
        "it is of the kind class; an exercise is a function or method",
    ),
    "an exercise that is a file": (
        "reverseproxy/flow/taps.py:tap",
        "reverseproxy/flow/taps.py",
        "an exercise is a function or method|listed twice",
    ),
    "a symbol that is as before": (
        "Fields.__slots__",
        "checked",
        "given lists 'reverseproxy/fields.py:checked', but the chapter leaves it as it is",
    ),
    "an import": ("Fields.__slots__", "textwrap", "imports are kept as the code needs them"),
    "a symbol of no module": (
        'with = ["reverseproxy/fields.py:_unfolded", "reverseproxy/greetings.txt"]',
        'with = ["reverseproxy/fields.py:_unfolded", "reverseproxy/greetings.txt:x"]',
        "only Python files have symbols",
    ),
    "a helper withheld from what is given": (
        'with = ["reverseproxy/flow/stream.py:_cut"]',
        'with = ["reverseproxy/flow/stream.py:_cut", "reverseproxy/flow/stream.py:CHUNK"]',
        r"with 0 steps solved, reverseproxy/flow/stream.py uses CHUNK, which is withheld or",
    ),
    "a told removal of nothing": (
        "minutes = 45",
        'minutes = 45\ntold = ["reverseproxy/fields.py:add"]',
        "told lists 'reverseproxy/fields.py:add', but there is no such symbol",
    ),
    "an exception for nothing": (
        '[[steps]]\ntitle = "One',
        '[[unshown]]\naddress = "reverseproxy/fields.py:x"\nreason = "d"\n[[steps]]\ntitle = "One',
        "unshown lists 'reverseproxy/fields.py:x', but there is no such symbol",
    ),
}


@pytest.mark.parametrize(("old", "new", "complaint"), PLANTED.values(), ids=PLANTED)
def test_an_error_in_a_chapter_toml_is_named(root: Path, old: str, new: str, complaint: str):
    toml = root / "chapters/02-streams/chapter.toml"
    text = toml.read_text(encoding="utf-8")
    assert old in text
    toml.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CourseError, match=complaint) as raised:
        Course.load(root).check()
    assert str(toml) in str(raised.value)
