"""Console blocks: reading them, comparing output, and mapping ports."""

from __future__ import annotations

import socket
from random import Random

import pytest

from chapters.console import Block, Kind, blocks_of
from chapters.console.matching import difference, may_follow, shown
from chapters.console.ports import Ports, is_listening
from chapters.fences import read_page


def blocks(text: str) -> list[Block]:
    return blocks_of(read_page(text), 1)


def console(*lines: str, options: str = "") -> str:
    return "\n".join([f"```console {options}", *lines, "```", ""])


def test_a_command_has_the_lines_below_it_as_its_output() -> None:
    (block,) = blocks(console("$ echo a", "a", "$ echo b", "b"))
    commands = [(action.text, action.expected, action.line) for action in block.actions]
    assert commands == [("echo a", ("a",), 2), ("echo b", ("b",), 4)]


def test_a_backslash_and_a_heredoc_continue_a_command() -> None:
    (block,) = blocks(console("$ cat \\", "> <<END", "> text", "> END", "text"))
    (action,) = block.actions
    assert action.text == "cat \\\n<<END"
    (block,) = blocks(console("$ cat <<'END'", "text", "END", "text"))
    (action,) = block.actions
    assert (action.text, action.expected) == ("cat <<'END'\ntext\nEND", ("text",))


def test_lines_before_the_first_command_are_more_of_what_runs() -> None:
    (block,) = blocks(console("a line", "^C", "bye"))
    assert [action.kind for action in block.actions] == [Kind.WATCH, Kind.INTERRUPT]
    assert [action.stays for action in block.actions] == [True, False]


def test_a_block_inside_an_admonition_loses_its_indentation() -> None:
    (block,) = blocks('!!! note "N"\n    ```console\n    $ echo a\n      a\n    ```\n')
    assert block.actions[0].expected == ("  a",)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ("trees=5", "'trees'"),
        ("loud", "'loud'"),
        ("step=last", "step=last"),
        ("norun", "needs a reason"),
    ],
)
def test_a_wrong_option_is_named_with_its_line(options: str, named: str) -> None:
    with pytest.raises(ValueError, match=named) as caught:
        blocks(f"text\n\n{console('$ true', options=options)}")
    assert "line 3" in str(caught.value)


@pytest.mark.parametrize(
    ("expected", "got", "whole", "count"),
    [
        (["a"], ["a"], True, 1),
        (["a"], ["a", ""], True, 1),
        (["a"], ["a", "b"], True, None),
        (["a"], ["a", "b"], False, 1),
        (["..."], [], True, 0),
        (["a", "...", "d"], ["a", "b", "c", "d"], True, 4),
        (["a", "...", "d"], ["a", "d"], True, 2),
        (["...", "b"], ["a", "b", "c", "b"], True, 4),
        (["...", "b"], ["a", "b", "c", "b"], False, 2),
        (["pid …, port …"], ["pid 12, port 8000"], True, 1),
        (["a.c"], ["abc"], True, None),
        (["a"], [], False, None),
        ([], ["a"], True, None),
    ],
)
def test_wildcards_stand_for_any_lines_and_any_text(
    expected: list[str], got: list[str], whole: bool, count: int | None
) -> None:
    assert shown(expected, got, whole=whole) == count


@pytest.mark.parametrize(
    ("expected", "got", "more_may_help"),
    [
        (["a", "b"], [], True),
        (["a", "b"], ["a"], True),
        (["a", "b"], ["b"], False),
        (["...", "b"], ["x", "y"], True),
        (["a", "...", "b"], ["x"], False),
    ],
)
def test_waiting_may_help_while_the_output_begins_as_it_should(
    expected: list[str], got: list[str], more_may_help: bool
) -> None:
    assert may_follow(expected, got) is more_may_help


@pytest.mark.parametrize(
    ("expected", "got", "lines"),
    [
        (["pid …", "up", "a"], ["pid 7", "up", "b"], ["  pid …", "  up", "- a", "+ b"]),
        (["a", "...", "d"], ["a", "b", "c", "e", "d"], ["  a", "  ...", "  d"]),
        (["a", "...", "d"], ["x", "b", "d"], ["- a", "  ...", "  d"]),
        (["a", "c"], ["a", "b", "c"], ["  a", "+ b", "  c"]),
        (["..."], [], ["  ..."]),
        (["a"], [], ["- a"]),
        ([], ["a"], ["+ a"]),
    ],
)
def test_a_difference_leaves_out_what_a_wildcard_allows(
    expected: list[str], got: list[str], lines: list[str]
) -> None:
    assert difference(expected, got).splitlines() == lines


def test_ports_are_mapped_to_free_ones_of_the_same_length_and_back() -> None:
    text = "http://localhost:8000 and :8081, not 18000, 80001 or 7999"
    with Ports(avoid="4711") as ports:
        real = ports.to_real(text)
        assert len(real) == len(text)
        assert "8000 " not in real
        assert real.endswith("not 18000, 80001 or 7999")
        assert ports.to_page(real) == text
        assert ports.real(8000) != ports.real(8081)
        assert str(ports.real(8000)) in real


def test_two_pages_at_once_never_have_the_same_port() -> None:
    with Ports(choose=Random(1)) as one:
        with Ports(choose=Random(1)) as other:
            assert one.real(8000) != other.real(8000)
        with Ports(choose=Random(1)) as later:
            assert later.real(8000) == other.real(8000)


def test_a_port_counts_as_listening_only_while_somebody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_listening(port)
    assert not is_listening(port)
