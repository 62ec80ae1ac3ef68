"""The course as git tags, derived: the same hashes from the same files, on every machine.

`chapter-01-start`, `chapter-01`, `chapter-02-start` … are one linear history. It is built out of
blobs, trees and commits, without a branch, an index or a work tree.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chapters.course import Course
from chapters.git import git, git_bytes, require_repository
from chapters.trees import Tree

NAME = "The book"
EMAIL = "book@example.org"
# 2025-01-01T00:00:00Z; each tag is an hour after the one before it.
FIRST_DATE = 1_735_689_600
HOUR = 3600


@dataclass(frozen=True, slots=True)
class TagChange:
    """A tag as it was, None when there was none, and as it is now: the hashes of commits."""

    name: str
    old: str | None
    new: str

    @property
    def moved(self) -> bool:
        """Whether it pointed elsewhere before, or nowhere."""
        return self.old != self.new


@dataclass(frozen=True, slots=True)
class Point:
    """A commit to be: its tag's name, its message, its files."""

    name: str
    message: str
    tree: Tree


def build_tags(course: Course) -> list[TagChange]:
    """Makes every tag of the course, oldest first, and says which moved.

    Nothing else in the repository changes. Raises CourseError when git is not installed or the
    course is not in a repository of its own; then, as with any error, no tag has moved.
    """
    require_repository(course.root)
    points = list(_points(course))
    commits = _commits(course.root, points)
    before = _tags(course.root)
    changes = [
        TagChange(point.name, before.get(point.name), commit)
        for point, commit in zip(points, commits, strict=True)
    ]
    _update(course.root, changes)
    return changes


def tag_names(number: int) -> tuple[str, str]:
    """The tags of a chapter: of its start and of its end."""
    return f"chapter-{number:02}-start", f"chapter-{number:02}"


def _points(course: Course) -> Iterator[Point]:
    for chapter in course.chapters:
        start, end = tag_names(chapter.number)
        title = f"Chapter {chapter.number:02}: {' '.join(chapter.title.split())}"
        yield Point(start, f"{title}, start\n", course.start(chapter.number))
        yield Point(end, f"{title}\n", course.tree(chapter.number))


def _commits(root: Path, points: Sequence[Point]) -> list[str]:
    """The commits' hashes, each the child of the one before."""
    trees = write_trees(root, [point.tree for point in points])
    commits: list[str] = []
    for index, (point, tree) in enumerate(zip(points, trees, strict=True)):
        parent = ["-p", commits[-1]] if commits else []
        commits.append(
            git(
                root,
                *["commit-tree", "--no-gpg-sign", *parent, tree],
                stdin=point.message.encode(),
                variables=_signature(FIRST_DATE + index * HOUR),
            )
        )
    return commits


def _signature(date: int) -> dict[str, str]:
    people = ("AUTHOR", "COMMITTER")
    names = {f"GIT_{each}_NAME": NAME for each in people}
    addresses = {f"GIT_{each}_EMAIL": EMAIL for each in people}
    return {**names, **addresses, **{f"GIT_{each}_DATE": f"{date} +0000" for each in people}}


def write_trees(root: Path, trees: Sequence[Tree]) -> list[str]:
    """Writes files into the repository's object store; the hashes of their git trees.

    Every file has mode 100644: a file system's executable bits are not the same everywhere.
    """
    blobs = _write_blobs(root, {content for tree in trees for content in tree.values()})
    folders = [_folders(tree, blobs) for tree in trees]
    # Deepest first: a folder's entry in its parent is its hash.
    depth = max((len(path) for each in folders for path in each), default=0)
    for level in range(depth, -1, -1):
        listed = [(each, path) for each in folders for path in each if len(path) == level]
        listings = dict.fromkeys(each[path].listing() for each, path in listed)
        hashes = dict(zip(listings, _write_listings(root, list(listings)), strict=True))
        for each, path in listed:
            each[path].hash = hashes[each[path].listing()]
            if path:
                each[path[:-1]].entries[path[-1]] = f"040000 tree {each[path].hash}"
    return [each[()].hash for each in folders]


class _Folder:
    """A folder on its way to become a git tree."""

    def __init__(self) -> None:
        self.entries: dict[str, str] = {}
        self.hash = ""

    def listing(self) -> bytes:
        """The folder as `git mktree -z` reads it."""
        lines = [f"{entry}\t{name}\0" for name, entry in sorted(self.entries.items())]
        return "".join(lines).encode()


def _folders(tree: Tree, blobs: Mapping[bytes, str]) -> dict[tuple[str, ...], _Folder]:
    folders: dict[tuple[str, ...], _Folder] = {(): _Folder()}
    for path, content in tree.items():
        *above, name = path.split("/")
        for depth in range(len(above)):
            folders.setdefault(tuple(above[: depth + 1]), _Folder())
        folders[tuple(above)].entries[name] = f"100644 blob {blobs[content]}"
    return folders


def _write_blobs(root: Path, contents: Iterable[bytes]) -> dict[bytes, str]:
    """Stores every content, by way of files, so that one process does it for all."""
    ordered = sorted(contents)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / str(index) for index in range(len(ordered))]
        for path, content in zip(paths, ordered, strict=True):
            path.write_bytes(content)
        asked = "".join(f"{path}\n" for path in paths).encode()
        answer = git(root, "hash-object", "-w", "--no-filters", "--stdin-paths", stdin=asked)
    return dict(zip(ordered, answer.split(), strict=True))


def _write_listings(root: Path, listings: Sequence[bytes]) -> list[str]:
    if not listings:
        return []
    return git_bytes(root, "mktree", "-z", "--batch", stdin=b"\0".join(listings)).decode().split()


def _tags(root: Path) -> dict[str, str]:
    pattern = "--format=%(objectname) %(refname:lstrip=2)"
    lines = git(root, "for-each-ref", pattern, "refs/tags/chapter-*").splitlines()
    return {name: value for value, _, name in (line.partition(" ") for line in lines)}


def _update(root: Path, changes: Iterable[TagChange]) -> None:
    """Moves the tags that moved, all of them or none."""
    orders = [
        f"update refs/tags/{change.name}\0{change.new}\0{change.old or '0' * len(change.new)}\0"
        for change in changes
        if change.moved
    ]
    git(root, "update-ref", "--no-deref", "--stdin", "-z", stdin="".join(orders).encode())
