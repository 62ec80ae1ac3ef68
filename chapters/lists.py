"""A chapter's lists, asked by symbol: is it given, an exercise, or withheld until which step?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from chapters.chapter import Chapter
from chapters.errors import CourseError
from chapters.source import Address

Role = Literal["given", "exercise", "withheld"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One address on a list. It is there from `step` on; what is given, from step 0."""

    address: Address
    role: Role
    step: int

    def __str__(self) -> str:
        return self.role if self.role == "given" else f"{self.role} of step {self.step}"


class Lists:
    """The given, exercise and withheld addresses of a chapter. No address is on two of them."""

    def __init__(self, chapter: Chapter) -> None:
        self.chapter = chapter
        self.entries: dict[Address, Entry] = {}
        for entry in _entries(chapter):
            other = self.entries.setdefault(entry.address, entry)
            if other is not entry:
                raise CourseError(
                    f"{chapter.toml}: {entry.address} is listed twice, as {other} and as {entry};"
                    " a symbol is on one list"
                )

    def of(self, path: str, names: Iterable[str]) -> Entry | None:
        """The entry for a statement that binds these names: the narrowest address that covers it.

        Raises CourseError when the names are listed apart, because a statement is not divided.
        """
        found = {name: entry for name in names if (entry := self._narrowest(path, name))}
        entries = list(found.values())
        for entry in entries[1:]:
            if (entry.role, entry.step) != (entries[0].role, entries[0].step):
                raise CourseError(
                    f"{self.chapter.toml}: one statement of {path} binds {' and '.join(found)},"
                    f" but they are listed as {entries[0]} and as {entry}"
                )
        return entries[0] if entries else None

    def required(self, path: str, names: Iterable[str]) -> Entry:
        """The same for something new or changed, which must be on a list. Raises CourseError."""
        names = list(names)
        if entry := self.of(path, names):
            return entry
        shown = ", ".join(str(Address(path, name)) for name in names)
        raise CourseError(
            f"{self.chapter.toml}: chapter {self.chapter.number} adds or changes {shown}, which is"
            " on no list; add it to given, to a step's symbols, or to a step's with"
        )

    def removal(self, path: str, names: Iterable[str]) -> int:
        """The step whose solution removes what had these names; the last one when it is only told.

        Raises CourseError when the removal is on no list.
        """
        addresses = [Address(path, name) for name in names]
        exact = next((self.entries[each] for each in addresses if each in self.entries), None)
        if exact:
            return exact.step
        told = any(each.covers(address) for each in self.chapter.told for address in addresses)
        if told:
            return len(self.chapter.steps)
        if entry := self.of(path, [address.symbol or "" for address in addresses]):
            return entry.step
        shown = ", ".join(map(str, addresses))
        raise CourseError(
            f"{self.chapter.toml}: chapter {self.chapter.number} removes {shown}, which is on no"
            " list; add it to told"
        )

    def file(self, path: str) -> Entry | None:
        """The entry for a file as a whole."""
        return self.entries.get(Address(path))

    def required_file(self, path: str) -> Entry:
        """The same for a file that has no symbols. Raises CourseError when it is on no list."""
        if entry := self.file(path):
            return entry
        raise CourseError(
            f"{self.chapter.toml}: {path} has no symbols and is on no list; add it to given or to"
            " a step's with"
        )

    def _narrowest(self, path: str, name: str) -> Entry | None:
        owner = name
        while owner:
            entry = self.entries.get(Address(path, owner))
            # An exercise is one function: what is set on it elsewhere is listed on its own.
            if entry and (owner == name or entry.role != "exercise"):
                return entry
            owner = owner.rpartition(".")[0]
        return self.file(path)


def _entries(chapter: Chapter) -> Iterator[Entry]:
    for address in chapter.given:
        yield Entry(address, "given", 0)
    for step in chapter.steps:
        for address in step.symbols:
            yield Entry(address, "exercise", step.number)
        for address in step.withheld:
            yield Entry(address, "withheld", step.number)
