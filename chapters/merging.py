"""Carries a change of a file into its other versions; nothing is written until all is merged."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from chapters.errors import CourseError
from chapters.git import GitError, git
from chapters.trees import read

MARKERS = re.compile(rb"^(<{7}|={7}|>{7}|\|{7})( |\r?$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Version:
    """A stored version of a file: where it lies, and what to call it ("chapter-05", "tests")."""

    name: str
    place: Path


@dataclass(frozen=True, slots=True)
class Change:
    """A file before and after."""

    path: str
    old: bytes
    new: bytes


@dataclass(frozen=True, slots=True)
class Conflict:
    """A version that a change does not merge into. `text` is where a person puts that right."""

    path: str
    version: Version
    reason: str
    text: Path


@dataclass(slots=True)
class Desk:
    """Merges, and keeps the results until they are all there.

    `folder` is where conflicted texts are laid out for a person. One that has been put right there
    since, with the same change still to be merged, is taken as the result.
    """

    folder: Path
    results: dict[Path, bytes] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)

    def carry(self, change: Change, version: Version) -> Change | None:
        """What a change changes in a version; None where a person must help."""
        ours = read(version.place) if version.place.exists() else b""
        merged, reason = merge(change, ours, version.name)
        if reason:
            merged, reason = self._by_hand(change, ours, version, merged, reason)
        if reason:
            return None
        if merged != ours or not version.place.exists():
            self.results[version.place] = merged
        return Change(change.path, ours, merged)

    def write(self) -> tuple[Path, ...]:
        """Writes every result that changes something. Call it only without conflicts."""
        for place, content in self.results.items():
            place.parent.mkdir(parents=True, exist_ok=True)
            beside = place.with_name(f".{place.name}.saving")
            beside.write_bytes(content)
            if place.exists():
                shutil.copymode(place, beside)
            os.replace(beside, place)
        if self.folder.exists():
            shutil.rmtree(self.folder)
        return tuple(self.results)

    def _by_hand(
        self, change: Change, ours: bytes, version: Version, merged: bytes, reason: str
    ) -> tuple[bytes, str]:
        """The text that a person has put right, or a conflict and the reason for it."""
        text = self.folder / version.name / change.path
        inputs = digest(change.old, change.new, ours)
        if text.exists() and self._inputs().get(str(text)) == inputs:
            content = read(text)
            if not MARKERS.search(content) and parses(change.path, content):
                return content, ""
        else:
            self._lay_out(text, merged, inputs)
        self.conflicts.append(Conflict(change.path, version, reason, text))
        return merged, reason

    def _lay_out(self, text: Path, merged: bytes, inputs: str) -> None:
        """Writes a conflicted text; one that is there, for another change, is moved aside."""
        text.parent.mkdir(parents=True, exist_ok=True)
        (self.folder / ".gitignore").write_text("*\n", encoding="utf-8")
        if text.exists():
            aside = (text.with_name(f"{text.name}.{number}") for number in count(1))
            text.rename(next(name for name in aside if not name.exists()))
        text.write_bytes(merged)
        known = self._inputs() | {str(text): inputs}
        (self.folder / "inputs.json").write_text(json.dumps(known, indent=1), encoding="utf-8")

    def _inputs(self) -> dict[str, str]:
        """For each conflicted text, a digest of what was to be merged."""
        index = self.folder / "inputs.json"
        known: dict[str, str] = json.loads(index.read_text("utf-8")) if index.exists() else {}
        return known


def merge(change: Change, ours: bytes, name: str) -> tuple[bytes, str]:
    """The change applied to another version, and why that is no result; "" when it is one."""
    if ours == change.old or ours == change.new:
        return change.new, ""
    if change.old == change.new:
        return ours, ""
    with tempfile.TemporaryDirectory(prefix="merge-") as folder:
        texts = {"ours": ours, "old": change.old, "new": change.new}
        for file, content in texts.items():
            Path(folder, file).write_bytes(content)
        labels = [f"-L{label}" for label in (f"{name} as it is", "before your edit", "your edit")]
        reason = ""
        try:
            git(Path(folder), "merge-file", "-q", "--diff3", *labels, *texts)
        except GitError as error:
            if error.code > 127:
                raise CourseError(
                    f"{change.path} cannot be merged into {name}: {error.said}; change both by hand"
                ) from error
            reason = "has been changed in the same lines"
        merged = Path(folder, "ours").read_bytes()
    if not reason and parses(change.path, change.new) and not parses(change.path, merged):
        reason = "merges into something that is no Python"
    return merged, reason


def parses(path: str, content: bytes) -> bool:
    """Whether a Python file is one; other files always are."""
    if not path.endswith(".py"):
        return True
    try:
        ast.parse(content)
    except (SyntaxError, ValueError):
        return False
    return True


def digest(*contents: bytes) -> str:
    whole = hashlib.sha256()
    for content in contents:
        whole.update(hashlib.sha256(content).digest())
    return whole.hexdigest()
