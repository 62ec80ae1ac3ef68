"""Whatever mixture of new, changed and removed symbols a chapter has, its files hold together."""

from hypothesis import given
from hypothesis import strategies as st

from chapters.derive import Moment, derive
from chapters.lists import Lists
from chapters.names import bound_names, used_names
from tests.course.one_file import PATH, lists

FORMS = {
    "def {0}(): return {1!r}, os, _{0}": "_{0} = json, {1!r}",
    "async def {0}(x: Sized):\n    yield {1!r}, _{0}": "def _{0}(): return re, {1!r}",
    "class K{0}:\n    def {0}(self): return {1!r}, sep, _{0}": "class _{0}: x = path, {1!r}",
}
HEAD = """\
import json
import os
import re
from collections.abc import Sized
from os import path, sep
"""
SAME, CHANGED, ADDED, REMOVED = range(4)
LINES = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(sorted(FORMS)), st.integers(0, 3)),
    max_size=6,
    unique_by=lambda each: each[0],
)


def module(chosen: list[tuple[str, str, int]], version: str) -> str:
    """Functions with a helper each. Their text names the version that it is from, or "same"."""
    parts = []
    absent = ADDED if version == "old" else REMOVED
    for name, form, fate in chosen:
        if fate != absent:
            mark = "same" if fate == SAME else version
            parts += [FORMS[form].format(name, mark), form.format(name, mark)]
    text = "\n\n\n".join(parts) + "\n"
    used = used_names(text)
    imports = [line for line in HEAD.splitlines() if not used.isdisjoint(bound_names(line))]
    return "\n".join(imports) + "\n\n\n" + text


def listed(chosen: list[tuple[str, str, int]], first: set[str]) -> Lists:
    """Lists that cover everything; the functions of `first` are in step 1, the others in step 2."""
    steps, given, told = [("", ""), ("", "")], "", ""
    for name, form, fate in chosen:
        in_class = form.startswith("class")
        if fate == REMOVED:
            told += f" {f'K{name}' if in_class else name} _{name}"
        elif fate != SAME:
            own, withheld = steps[name not in first]
            own += f" {f'K{name}.{name}' if in_class else name}"
            steps[name not in first] = (own, f"{withheld} _{name}")
            given += f" K{name}" if in_class and fate == ADDED else ""
    return lists(steps=steps, given=given, told=told)


@given(LINES, st.sets(st.sampled_from("abcdef")))
def test_any_mixture_of_exercises_holds_together_and_ends_in_the_new_version(chosen, first):
    entries = listed(chosen, first)
    old, new = module(chosen, "old"), module(chosen, "new")
    assert derive(old, new, Moment(PATH, entries, 2)) == new
    for step in (0, 1):
        text = derive(old, new, Moment(PATH, entries, step))
        assert text is not None
        solved = [each for each in chosen if each[2] in (CHANGED, ADDED) and each[0] in first]
        left = [each for each in chosen if each[2] in (CHANGED, REMOVED)]
        done = [each for each in left if each in solved] if step else []
        assert text.count("'new'") == 2 * len(solved) * step
        assert text.count("'old'") == 2 * (len(left) - len(done))
        assert used_names(text) <= bound_names(text) | {"NotImplementedError"}
        assert bound_names(text) & bound_names(HEAD) <= used_names(text)
