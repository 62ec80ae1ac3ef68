"""Reads console blocks: options, commands, and the output that each command should have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from chapters.fences import Fence, Page

LANGUAGE = "console"
OPTIONS = ("tree", "step", "terminal", "timeout", "reason")
FLAGS = ("running", "typed", "checkout", "norun")
HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")


class Kind(Enum):
    """What a reader does before the lines of output that follow."""

    RUN = "runs a command"
    TYPE = "types a line into the running command"
    INTERRUPT = "presses ^C"
    WATCH = "looks at what the running command prints"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a reader does, and what the terminal shows then."""

    kind: Kind
    text: str
    line: int
    expected: tuple[str, ...] = ()
    stays: bool = False
    """Whether the command goes on running after it has shown what is expected."""


@dataclass(frozen=True, slots=True)
class Block:
    """A console block of a page. `step` is None for the chapter's end, `timeout` is in seconds."""

    line: int
    tree: int
    step: int | None
    terminal: str
    checkout: bool
    timeout: float
    norun: bool
    reason: str
    actions: tuple[Action, ...] = field(default=())


def blocks_of(page: Page, tree: int) -> list[Block]:
    """The console blocks of a page; `tree` is the chapter that they run in when they name none.

    Raises:
        ValueError: an option is unknown or has a value that it cannot have; with the line.
    """
    return [read_block(fence, tree) for fence in page.fences if fence.language == LANGUAGE]


def read_block(fence: Fence, tree: int) -> Block:
    check_names(fence)
    step = number(fence, "step", None)
    block = Block(
        line=fence.line,
        tree=number(fence, "tree", tree) or 0,
        step=step,
        terminal=fence.options.get("terminal", "shell"),
        checkout="checkout" in fence.flags,
        timeout=float(number(fence, "timeout", 10) or 10),
        norun="norun" in fence.flags,
        reason=fence.options.get("reason", ""),
    )
    if block.norun and not block.reason.strip():
        raise ValueError(f'line {fence.line}: norun needs a reason: norun reason="…"')
    actions = list(read_actions(fence))
    return replace(block, actions=tuple(staying(actions, running="running" in fence.flags)))


def check_names(fence: Fence) -> None:
    for name in sorted(fence.options.keys() - set(OPTIONS)) + sorted(fence.flags - set(FLAGS)):
        raise ValueError(
            f"line {fence.line}: a console block has no option {name!r}; it can have "
            f"{', '.join(f'{option}=…' for option in OPTIONS)}, {', '.join(FLAGS)}"
        )


def number(fence: Fence, name: str, default: int | None) -> int | None:
    value = fence.options.get(name)
    if value is None:
        return default
    if not value.isdecimal():
        raise ValueError(f"line {fence.line}: {name}={value} is not a number such as {name}=5")
    return int(value)


def read_actions(fence: Fence) -> Iterator[Action]:
    """The actions of a block in order, each with the lines up to the next one."""
    action = Action(Kind.WATCH, "", fence.line)
    expected: list[str] = []
    for opened in openings(fence):
        if isinstance(opened, str):
            expected.append(opened)
            continue
        if action.kind is not Kind.WATCH or expected:
            yield replace(action, expected=tuple(expected))
        action, expected = opened, []
    if action.kind is not Kind.WATCH or expected:
        yield replace(action, expected=tuple(expected))


def openings(fence: Fence) -> Iterator[Action | str]:
    """Each line of output as it is, and an action for each line, or lines, that a reader enters."""
    lines = enumerate(fence.lines, fence.line + 1)
    typed = "typed" in fence.flags
    for line_number, line in lines:
        if line.startswith("$ "):
            yield Action(Kind.RUN, whole_command(line[2:], lines), line_number)
        elif line == "^C":
            yield Action(Kind.INTERRUPT, "\x03", line_number)
        elif typed and (line == ">" or line.startswith("> ")):
            yield Action(Kind.TYPE, f"{line[2:]}\n", line_number)
        elif typed and line == "^D":
            yield Action(Kind.TYPE, "\x04", line_number)
        else:
            yield line


def whole_command(first: str, lines: Iterator[tuple[int, str]]) -> str:
    """The command with the lines that continue it, which may begin with the shell's own `> `."""
    command = [first]
    heredoc = HEREDOC.search(first)
    while heredoc or command[-1].endswith("\\"):
        following = next(lines, None)
        if following is None:
            break
        command.append(following[1].removeprefix("> "))
        if heredoc and command[-1].strip() == heredoc[2]:
            break
    return "\n".join(command)


def staying(actions: Sequence[Action], *, running: bool) -> Iterator[Action]:
    """Decides for each action whether its command is still running when the next one comes."""
    begun_here = any(action.kind is Kind.RUN for action in actions)
    for action, following in zip(actions, [*actions[1:], None], strict=True):
        if following is None:
            # What an earlier block left running need not end here.
            stays = running or not begun_here
        else:
            stays = following.kind in (Kind.TYPE, Kind.INTERRUPT)
        yield replace(action, stays=stays and action.kind is not Kind.INTERRUPT)
