"""One file within a chapter: nothing too early, nothing too late, and what stays fits together."""

import pytest

from chapters.derive import Moment, derive
from chapters.errors import CourseError
from tests.course.one_file import PATH, body, lists, start


def test_an_exercise_on_something_that_exists_leaves_it_whole():
    old = "def f(a):\n    return a\n\n\ndef g(): return f(1)\n"
    new = "def f(a, b):\n    return a + b\n\n\ndef g(): return f(1)\n"
    assert start(new, old, steps=[("f", "")]) == old


def test_a_property_and_its_setter_are_solved_together():
    new = """
        class X:
            a = 1

            @property
            def p(self): return self._p

            @p.setter
            def p(self, value): self._p = value
        """
    text = start(new, "\nclass X:\n    a = 1\n", steps=[("X.p", "")])
    assert text.count("raise NotImplementedError") == 2
    assert "@p.setter" in text


def test_what_a_step_withholds_comes_with_its_solution():
    new = """
        import re
        from os import path, sep

        PATTERN = re.compile("a")


        def _helper(): return path.join(sep)


        def f(): return PATTERN, _helper()


        def g(): return sep
        """
    steps = [("g", ""), ("f", "PATTERN _helper")]
    assert body(start(new, steps=steps)) == body(
        """
        def f():
            raise NotImplementedError("Chapter 7, step 2: Do it")


        def g():
            raise NotImplementedError("Chapter 7, step 1: Do it")
        """
    )
    first = start(new, step=1, steps=steps)
    assert "from os import sep\n" in first
    assert "import re" not in first


def test_a_class_emptied_of_its_members_still_parses():
    new = "class X:\n    a = 1\n\n    def f(self): return self.a\n"
    text = start(new, steps=[("X.f", "X.a")], given="X")
    assert "a = 1" not in text
    empty = start("class X:\n    a = 1\n\n\ndef f(): return X\n", steps=[("f", "X.a")], given="X")
    assert empty.startswith("class X:\n    pass\n\n\ndef f")


def test_a_withheld_class_comes_with_its_step_and_its_members():
    new = "class X:\n    def f(self): return 1\n\n\ndef g(): return X\n"
    assert "X" not in start(new, steps=[("g", "X")])


def test_a_removed_symbol_stays_until_the_last_step_or_the_one_that_withholds_it():
    old = "A = 1\n\n\ndef gone(): return 1\n\n\nB = 2\n\n\ndef f(): return gone()\n"
    new = "A = 1\nB = 2\n\n\ndef f(): return 1\n\n\ndef g(): return 2\n"
    steps = [("f", ""), ("g", "")]
    assert "def gone" in start(new, old, step=1, steps=steps, told="gone")
    early = [("f", "gone"), ("g", "")]
    assert start(new, old, step=0, steps=early, told="gone").count("gone()") == 2
    assert "gone" not in start(new, old, step=1, steps=early, told="gone")


def test_a_given_removal_is_done_at_the_start():
    old = "A = 1\nB = 2\n\n\ndef f(): return A\n"
    new = "A = 1\n\n\ndef f(): return A + 1\n"
    assert "B" not in start(new, old, steps=[("f", "")], given="B")


def test_a_function_that_moved_to_another_module_stays_until_it_is_told():
    old = "def f(): return 1\n\n\ndef g(): return f()\n"
    new = "from a import f\n\n\ndef g(): return f() + 1\n"
    assert start(new, old, steps=[("g", "")], told="f") == old


def test_a_guard_keeps_its_branches_and_stubs_each():
    new = """
        import os

        if os.name == "nt":
            def f(): return 1
        else:
            def f(): return 2
        """
    text = start(new, steps=[("f", "")])
    assert text.count("raise NotImplementedError") == 2
    assert "else:" in text


def test_what_moves_into_a_guard_cannot_stay_old():
    with pytest.raises(CourseError, match=r"x.py:f moves into or out of an if"):
        start("if 1:\n    def f(): return 2\n", "def f(): return 1\n", steps=[("f", "")])


def test_a_base_class_that_changed_changes_with_its_step():
    old = "from a import A\n\n\nclass X(A):\n    def f(self): return 1\n"
    new = "from b import B\n\n\nclass X(B):\n    def f(self): return 2\n"
    assert start(new, old, steps=[("X.f", "X")]) == old


def test_a_new_file_is_not_there_while_nothing_in_it_is():
    moment = Moment(PATH, lists(steps=[("", "A")]), 0)
    assert derive(None, '"""Words."""\n\nimport re\n\nA = re\n', moment) is None


@pytest.mark.parametrize(
    ("new", "words", "complaint"),
    [
        (
            "def f(): return 2\n",
            {"steps": []},
            "adds or changes reverseproxy/x.py:f, which is on no",
        ),
        ("class X: pass\n", {"steps": [("f", "")]}, "reverseproxy/x.py:X, which is on no list"),
        ("print(1)\n", {"steps": []}, r"x.py:print\(1\), which is on no list"),
        ('"""Only words."""\n', {"steps": []}, "x.py has no symbols and is on no list"),
        (
            "A, B = 1, 2\n",
            {"steps": [("", "A")], "given": "B"},
            "binds A and B, but they are listed",
        ),
        ("A = 1\nB = A\n", {"steps": [("", "A")], "given": "B"}, "with 0 steps solved.*uses A,"),
    ],
)
def test_what_does_not_fit_is_an_error_that_names_it(new: str, words, complaint: str):
    with pytest.raises(CourseError, match=complaint):
        derive(None, new, Moment(PATH, lists(**words), 0))


def test_a_removal_on_no_list_is_an_error_that_names_it():
    with pytest.raises(CourseError, match=r"chapter 7 removes reverseproxy/x.py:gone"):
        start("A = 1\n", "A = 1\n\n\ndef gone(): return 1\n", steps=[])


def test_an_address_is_on_one_list():
    with pytest.raises(
        CourseError, match=r"x.py:f is listed twice, as given and as exercise of st"
    ):
        lists(steps=[("f", "")], given="f")
    with pytest.raises(
        CourseError, match=r"listed twice, as exercise of step 1 and as withheld of"
    ):
        lists(steps=[("f", ""), ("g", "f")])


@pytest.mark.parametrize(
    ("new", "words", "complaint"),
    [
        (
            "f = g = 1\nif f:\n    def f(): return 1\n",
            "f",
            r"x.py:f is also something else than a fun",
        ),
        (
            "def f(): return 1\n\n\nf.calls = 0\n",
            "f",
            r"changes reverseproxy/x.py:f.calls = 0, which",
        ),
    ],
)
def test_an_exercise_is_a_function_and_nothing_besides(new: str, words: str, complaint: str):
    with pytest.raises(CourseError, match=complaint):
        derive(None, new, Moment(PATH, lists(steps=[(words, "")]), 0))
