"""A change on its way through the versions of a file."""

from hypothesis import given
from hypothesis import strategies as st

from chapters.merging import Change, merge

LINES = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=6)


def text(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


@given(LINES, LINES)
def test_a_change_of_what_is_there_is_the_new_text(old: list[str], new: list[str]) -> None:
    change = Change("x.txt", text(old), text(new))
    assert merge(change, text(old), "chapter-01") == (text(new), "")


@given(LINES, LINES)
def test_a_change_that_is_there_already_changes_nothing(old: list[str], new: list[str]) -> None:
    change = Change("x.txt", text(old), text(new))
    assert merge(change, text(new), "chapter-01") == (text(new), "")


@given(LINES, LINES)
def test_no_change_changes_nothing(old: list[str], ours: list[str]) -> None:
    change = Change("x.txt", text(old), text(old))
    assert merge(change, text(ours), "chapter-01") == (text(ours), "")


def test_changes_of_different_lines_are_both_kept() -> None:
    change = Change("x.txt", b"1\n2\n3\n4\n5\n", b"one\n2\n3\n4\n5\n")
    assert merge(change, b"1\n2\n3\n4\nfive\n", "chapter-02") == (b"one\n2\n3\n4\nfive\n", "")


def test_what_merges_into_no_python_is_a_conflict() -> None:
    old = "a = (\n    1,\n    2,\n    3,\n    4,\n    5,\n    6,\n)\n"
    new = old.replace("(", "[").replace(")", "]")
    split = old.replace("    3,\n", "    3,\n)\nb = (\n")
    merged, reason = merge(Change("x.py", old.encode(), new.encode()), split.encode(), "chapter-02")
    assert reason == "merges into something that is no Python"
    assert merged == new.replace("    3,\n", "    3,\n)\nb = (\n").encode()


def test_a_change_of_the_same_line_is_a_conflict_with_both_texts() -> None:
    merged, reason = merge(Change("x.txt", b"1\n", b"one\n"), b"uno\n", "chapter-02")
    assert reason == "has been changed in the same lines"
    assert merged.splitlines() == [
        b"<<<<<<< chapter-02 as it is",
        b"uno",
        b"||||||| before your edit",
        b"1",
        b"=======",
        b"one",
        b">>>>>>> your edit",
    ]
