"""The terminals that a reader of a page has open, and what the page makes the reader do there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from chapters.console.blocks import Action, Block, Kind
from chapters.console.matching import ANY_LINES, difference, may_follow, shown
from chapters.console.ports import is_listening
from chapters.console.stage import Stage
from chapters.console.terminal import Terminal, wait
from chapters.errors import CourseError

NOT_FOUND = re.compile(r"^bash: (?:line \d+: )?(\S+): command not found$", re.MULTILINE)
PACKAGES = {
    "ab": "apache2-utils", "dig": "bind9-dnsutils", "docker": "docker.io", "host": "bind9-host",
    "ip": "iproute2", "nc": "netcat-openbsd", "ps": "procps", "ss": "iproute2",
}  # fmt: skip
"""Debian's packages for the commands that are not called as their package is."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A place where the page and the terminal differ; `allowed` is what would have been right."""

    line: int
    found: str
    allowed: str


class Stuck(Exception):
    """A terminal cannot go on, so what follows on the page would only fail with it."""

    def __init__(self, line: int, found: str, allowed: str) -> None:
        super().__init__(found)
        self.mismatch = Mismatch(line, f"{found}\n(the rest of the page was not run)", allowed)


class Desk:
    """The terminals by name. Use it as a context manager: all that runs in them ends with it."""

    def __init__(self, stage: Stage) -> None:
        self.commands = 0
        self._stage = stage
        self._terminals: dict[str, Terminal] = {}
        self._places: dict[str, Path] = {}

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        for terminal in self._terminals.values():
            terminal.close()

    def play(self, block: Block) -> Iterator[Mismatch]:
        """Does what the block says in its terminal, and compares what is printed.

        Raises:
            Stuck: the terminal cannot go on.
        """
        if block.norun:
            return
        folder = self._folder(block)
        terminal = self._terminals.get(block.terminal) or self._open(block, folder)
        for action in block.actions:
            if action.kind is Kind.RUN:
                self._make_ready(terminal, block, action, folder)
                self.commands += 1
            yield from self._act(terminal, block, action)

    def _folder(self, block: Block) -> Path:
        try:
            return self._stage.folder(block)
        except CourseError as error:
            allowed = "a tree that can be made: a chapter that there is, a step that it has"
            raise Stuck(block.line, str(error), allowed) from error

    def _open(self, block: Block, folder: Path) -> Terminal:
        terminal = self._terminals[block.terminal] = Terminal(folder, self._stage.environment)
        self._places[block.terminal] = folder
        self._wait_for_end(terminal, block, Action(Kind.RUN, "bash", block.line))
        return terminal

    def _make_ready(self, terminal: Terminal, block: Block, action: Action, folder: Path) -> None:
        """Waits until nothing runs in the terminal, and brings it to the block's tree."""
        if not self._wait(lambda: not terminal.busy, block.timeout):
            found = (
                f"terminal {block.terminal!r} still runs an earlier command at `$ {action.text}`"
            )
            raise Stuck(action.line, found, "a line ^C that ends it, or another terminal=…")
        if self._places[block.terminal] != folder:
            terminal.enter(f"cd {shlex.quote(str(folder))}")
            self._wait_for_end(terminal, block, action)
            self._places[block.terminal] = folder

    def _act(self, terminal: Terminal, block: Block, action: Action) -> Iterator[Mismatch]:
        text = self._stage.ports.to_real(action.text)
        if action.kind is Kind.RUN:
            terminal.enter(text)
        elif action.kind is not Kind.WATCH:
            if not terminal.busy:
                found = f"nothing runs in terminal {block.terminal!r} where {action.kind.value}"
                yield Mismatch(action.line, found, "a command that an earlier block left `running`")
                return
            terminal.type(text)
        if action.stays:
            self._wait_for_output(terminal, block, action)
        else:
            self._wait_for_end(terminal, block, action)
            yield from self._compared(terminal, action)

    def _wait_for_end(self, terminal: Terminal, block: Block, action: Action) -> None:
        if not self._wait(lambda: not terminal.busy, block.timeout):
            found = f"{named(action)} is still running after {block.timeout:g} seconds"
            got = self._lines(terminal, whole=True)
            raise Stuck(action.line, f"{found}\n{difference(action.expected, got)}", LASTING)

    def _wait_for_output(self, terminal: Terminal, block: Block, action: Action) -> None:
        """Waits until a command that stays has printed what is expected, and drops that."""

        def ready() -> bool:
            if not terminal.busy:
                return True
            if not terminal.is_read():
                return False
            if any(action.expected):
                got = self._lines(terminal)
                done = shown(action.expected, got, whole=False) is not None
                return done or not may_follow(action.expected, got)
            # No output says that a server is up, so the system is asked.
            listening = map(is_listening, self._stage.ports.among(action.text))
            return terminal.is_in_foreground() and all(listening)

        in_time = self._wait(ready, block.timeout)
        count = shown(action.expected, self._lines(terminal, whole=True), whole=False)
        if count is None:
            # A program that crashes prints why and ends: the rest of that is worth a moment.
            self._wait(lambda: not terminal.busy, LAST_WORDS)
            got = self._lines(terminal, whole=True)
            how = "ended without" if not terminal.busy else "printed something else than"
            found = f"{named(action)} {how if in_time else 'never printed'} what the page shows"
            raise Stuck(
                action.line,
                f"{found}\n{difference(action.expected, got)}{missing_package(got)}",
                f"output as on the page, within {block.timeout:g} seconds",
            )
        terminal.drop(count)

    def _compared(self, terminal: Terminal, action: Action) -> Iterator[Mismatch]:
        got = self._lines(terminal)
        # What a server printed unshown may come before what ^C makes it print.
        before = (ANY_LINES,) if action.kind is Kind.INTERRUPT else ()
        if shown((*before, *action.expected), got, whole=True) is None:
            found = f"{named(action)} printed something else\n{difference(action.expected, got)}"
            allowed = "the output on the page (`...` for any lines, `…` for any text in a line)"
            yield Mismatch(action.line, f"{found}{missing_package(got)}", allowed)
        terminal.drop(len(got))

    def _lines(self, terminal: Terminal, *, whole: bool = False) -> list[str]:
        return [self._stage.ports.to_page(line) for line in terminal.lines(whole=whole)]

    def _wait(self, until: Callable[[], bool], seconds: float) -> bool:
        return wait(self._terminals.values(), until, seconds)


LAST_WORDS = 1.0
"""Seconds for a command that printed something else to print the rest of it."""

LASTING = (
    "a command that ends by itself, a block marked `running` for one that does not, "
    "or more time: timeout=30"
)


def named(action: Action) -> str:
    return (
        f"`$ {action.text}`" if action.kind is Kind.RUN else f"the command that {HOW[action.kind]}"
    )


HOW = {
    Kind.TYPE: "was typed into",
    Kind.INTERRUPT: "got ^C",
    Kind.WATCH: "was left running",
}


def missing_package(got: list[str]) -> str:
    """Which Debian package to install, when the output says that a command is missing."""
    if (found := NOT_FOUND.search("\n".join(got))) is None:
        return ""
    package = PACKAGES.get(found[1], found[1])
    return f"\n{found[1]} is not installed here: on Debian, apt-get install {package}"
