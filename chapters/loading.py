"""Reads the chapter.toml files and appendix.toml, and says exactly what is wrong with them."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chapters.chapter import Chapter, Step, Unshown
from chapters.errors import CourseError
from chapters.source import Address

SLUG = re.compile(r"(\d\d)-[a-z0-9]+(-[a-z0-9]+)*")
LISTS = ("added", "changed", "removed", "given", "told", "steps", "unshown")
REQUIRED = ("title", "part", "summary", "minutes")


@dataclass(frozen=True, slots=True)
class Appendix:
    """Parts of the package that a page documents, but that are no exercise and in no tree."""

    title: str
    files: tuple[str, ...]


def load_chapters(root: Path) -> tuple[Chapter, ...]:
    """Every chapter of the course in `root`, by number. Raises CourseError."""
    home = root / "chapters"
    if not home.is_dir():
        raise CourseError(f"{root} is not a course: it has no folder chapters")
    folders = sorted(each for each in home.iterdir() if each.is_dir() and each.name[0].isdigit())
    chapters = tuple(_chapter(folder) for folder in folders)
    for expected, chapter in enumerate(chapters, 1):
        if chapter.number != expected:
            raise CourseError(
                f"chapters/{chapter.slug} is number {chapter.number}, where {expected} was"
                " expected; chapters are numbered from 01 without gaps"
            )
    return chapters


def load_appendices(root: Path) -> tuple[Appendix, ...]:
    """What chapters/appendix.toml lists; nothing when there is no such file. Raises CourseError."""
    path = root / "chapters" / "appendix.toml"
    if not path.is_file():
        return ()
    table = _Table(path, "", _toml(path))
    table.only("appendix")
    tables = table.tables("appendix", "title", "files")
    return tuple(Appendix(each.text("title"), each.texts("files")) for each in tables)


def _chapter(folder: Path) -> Chapter:
    match = SLUG.fullmatch(folder.name)
    if not match:
        raise CourseError(
            f"chapters/{folder.name} is not a chapter's name; write two digits, a hyphen and words"
            " in small letters, such as 06-passive-health"
        )
    path = folder / "chapter.toml"
    table = _Table(path, "", _toml(path))
    table.only(*REQUIRED, *LISTS)
    return Chapter(
        number=int(match[1]),
        folder=folder,
        slug=folder.name,
        title=table.text("title"),
        part=table.text("part"),
        summary=table.text("summary"),
        minutes=table.count("minutes"),
        added=table.texts("added"),
        changed=table.texts("changed"),
        removed=table.texts("removed"),
        given=table.addresses("given"),
        told=table.addresses("told"),
        steps=_steps(table),
        unshown=tuple(
            Unshown(each.address("address"), each.text("reason"))
            for each in table.tables("unshown", "address", "reason")
        ),
    )


def _steps(table: "_Table") -> tuple[Step, ...]:
    return tuple(
        Step(
            number, each.text("title"), each.addresses("symbols", some=True), each.addresses("with")
        )
        for number, each in enumerate(table.tables("steps", "title", "symbols", "with"), 1)
    )


def _toml(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise CourseError(f"{path} is missing; every chapter has one") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} is not TOML: {error}") from None


@dataclass(frozen=True, slots=True)
class _Table:
    """One TOML table, and how to take checked values out of it."""

    path: Path
    place: str
    values: Mapping[str, object]

    def wrong(self, key: str, value: object, allowed: str) -> CourseError:
        """The error that a value deserves."""
        return CourseError(f"{self.path}: {self.place}{key} = {value!r}, but it must be {allowed}")

    def only(self, *allowed: str) -> None:
        """Refuses every key but these."""
        for key in self.values:
            if key not in allowed:
                choices = ", ".join(allowed)
                raise CourseError(f"{self.path}: {self.place}{key} is unknown; allowed: {choices}")

    def text(self, key: str) -> str:
        """A string with something in it."""
        value = self.values.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, value, "a text")
        return value

    def count(self, key: str) -> int:
        """A whole number above zero."""
        value = self.values.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.wrong(key, value, "a whole number above zero")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of different strings; none when the key is absent."""
        values = self._items(key)
        for value in values:
            if not isinstance(value, str) or not value.strip():
                raise self.wrong(key, value, "a list of texts")
            if values.count(value) > 1:
                raise CourseError(f"{self.path}: {self.place}{key} lists {value!r} twice")
        return tuple(value for value in values if isinstance(value, str))

    def address(self, key: str) -> Address:
        """One address."""
        return self._parsed(key, self.text(key))

    def addresses(self, key: str, *, some: bool = False) -> tuple[Address, ...]:
        """A list of different addresses; `some`: at least one."""
        found = tuple(self._parsed(key, text) for text in self.texts(key))
        if some and not found:
            raise self.wrong(key, [], "a list of at least one address")
        return found

    def tables(self, key: str, *allowed: str) -> list["_Table"]:
        """The tables under `[[key]]`, which have the allowed keys only."""
        tables = []
        for number, value in enumerate(self._items(key), 1):
            if not isinstance(value, Mapping):
                raise self.wrong(key, value, f"tables, each under [[{key}]]")
            table = _Table(self.path, f"[[{key}]] {number}: ", value)
            table.only(*allowed)
            tables.append(table)
        return tables

    def _items(self, key: str) -> Sequence[object]:
        value = self.values.get(key, [])
        if not isinstance(value, list):
            raise self.wrong(key, value, "a list")
        return value

    def _parsed(self, key: str, text: str) -> Address:
        try:
            return Address.parse(text)
        except CourseError as error:
            raise CourseError(f"{self.path}: {self.place}{key}: {error}") from None
