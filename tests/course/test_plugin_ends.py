"""The checkpoint plugin with code that does not end, or that ends too much: it is told as well."""

from pathlib import Path

import pytest

from tests.course.plugin_tree import hurry, logged, make_tree, package_with, write

TEST = "tests/chapter_01/test_it.py"
ENDLESS = '''
import asyncio
from tests.support.steps import step


@step(1)
{how}def test_that_does_not_end():
    """It ends."""
    {what}


@step(1)
def test_behind_it():
    """It is not asked for any more."""
'''
LOOP = "while True: pass"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return make_tree(tmp_path, "ONE = 1", "import reverseproxy")


@pytest.mark.parametrize(("how", "what"), [("async ", "await asyncio.Event().wait()"), ("", LOOP)])
def test_a_test_that_does_not_end_is_ended_in_words_and_the_run_with_it(
    tree: Path, how: str, what: str
) -> None:
    hurry(tree)
    write(tree / TEST, ENDLESS.format(how=how, what=what))
    said, records = logged(tree)
    assert list(records) == ["test_that_does_not_end"]
    message = str(records["test_that_does_not_end"]["message"])
    assert message.endswith("seconds: something waits, or loops, for ever")
    assert "1 failed" in said


def test_an_import_that_does_not_end_is_ended_with_its_line(tree: Path) -> None:
    hurry(tree)
    with package_with(tree, LOOP):
        (record,) = logged(tree)[1].values()
    assert "something waits, or loops, for ever" in str(record["message"])
    assert (record["phase"], record["where"]) == ("collect", "reverseproxy/__init__.py:2")


@pytest.mark.parametrize("what", ["os._exit(0)", "raise KeyboardInterrupt"])
def test_a_test_that_ends_all_of_python_has_failed(tree: Path, what: str) -> None:
    write(tree / TEST, ENDLESS.format(how="", what=f"import os; {what}"))
    records = logged(tree)[1]
    assert list(records) == ["test_that_does_not_end"]
    record = records["test_that_does_not_end"]
    assert (record["outcome"], record["step"], record["expected"]) == ("failed", 1, "It ends.")
    assert "never came to its end" in str(record["message"])


def test_an_import_that_ends_python_is_told_with_its_line(tree: Path) -> None:
    with package_with(tree, "raise SystemExit(0)"):
        (record,) = logged(tree)[1].values()
    assert (record["message"], record["phase"]) == ("SystemExit: 0", "collect")
    assert record["where"] == "reverseproxy/__init__.py:2"
