"""One file within a chapter: its old version, with the new version's text where it is due."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from chapters.errors import CourseError
from chapters.exports import exports, missing, with_exports
from chapters.imports import only_imports, same_heads, settle
from chapters.lists import Lists
from chapters.pieces import Branch, Lines, Piece, join, parse, walk
from chapters.source import Address
from chapters.spacing import spaced
from chapters.stubs import stub

ALWAYS_NEW = ("docstring", "filler", "import")
NO_CONTENT = (*ALWAYS_NEW, "guard")


@dataclass(frozen=True, slots=True)
class Moment:
    """A file at a point of a chapter: the steps up to `step` are solved."""

    path: str
    lists: Lists
    step: int

    def is_due(self, step: int) -> bool:
        """Whether what comes with this step is there."""
        return step <= self.step


def derive(old: str | None, new: str, moment: Moment) -> str | None:
    """The file's text at that moment; None while there is nothing of a new file yet.

    Raises CourseError when something changed that is on no list, or when what is there needs what
    is withheld.
    """
    merged = _Merge(parse(old or "", "old"), parse(new, "new"), moment).merged()
    whole = moment.lists.file(moment.path)
    is_listed = whole is not None and moment.is_due(whole.step)
    if old is None and not is_listed and not _has_content(merged):
        if not _has_content(parse(new)):
            moment.lists.required_file(moment.path)
        return None
    tree = spaced(settle(merged, old or "", new))
    gone = [name for name in exports(old or "") if name not in exports(new)]
    text = join(with_exports(tree, new, gone))
    if names := missing(text, old or "", new):
        raise CourseError(
            f"{moment.lists.chapter.toml}: with {moment.step} steps solved, {moment.path} uses"
            f" {', '.join(names)}, which is withheld or removed by then; give it, or withhold what"
            " uses it"
        )
    return text


def _has_content(branch: Branch) -> bool:
    return any(piece.kind not in NO_CONTENT and not _is_all(piece) for piece in walk(branch))


def _is_all(piece: Piece) -> bool:
    return piece.names == ("__all__",)


class _Merge:
    """Goes through the new version piece by piece and takes each from where it is due."""

    def __init__(self, old: Branch, new: Branch, moment: Moment) -> None:
        self.old = old
        self.new = new
        self.moment = moment
        self.old_pieces = _by_name(old)
        self.new_pieces = _by_name(new)
        self.old_imports = set(_imports(old))
        self.placed: set[int] = set()

    def merged(self) -> Branch:
        """The file, with all the imports of the new version and none of the old."""
        return replace(self.new, children=self._children(self.new.children, self.old.children))

    def _children(self, new: Sequence[Piece], old: Sequence[Piece]) -> tuple[Piece, ...]:
        """The new pieces in order, each as is due, and behind each the old ones still there."""
        leftover = self._leftover(new, old)
        result = list(leftover.get(-1, []))
        for index, piece in enumerate(new):
            result += [*self._due(piece), *leftover.get(index, [])]
        return tuple(result)

    def _due(self, piece: Piece) -> Iterable[Piece]:
        if piece.kind in ALWAYS_NEW or _is_all(piece):
            return [piece]
        if piece.kind == "guard":
            return [self._guard(piece)]
        if piece.kind == "class" and piece.branches:
            return self._class(piece)
        if not self._is_changed(piece.names):
            return [piece]
        return self._changed(piece)

    def _changed(self, piece: Piece) -> Iterable[Piece]:
        entry = self.moment.lists.required(self.moment.path, piece.names)
        if self.moment.is_due(entry.step):
            return [piece]
        if any(name in self.old_pieces for name in piece.names):
            return self._old_instead(piece)
        if any(name in self.old_imports for name in piece.names):
            return []
        return [self._stub(piece, entry.step)] if entry.role == "exercise" else []

    def _stub(self, piece: Piece, step: int) -> Piece:
        chapter = self.moment.lists.chapter
        if piece.kind != "function":
            raise CourseError(
                f"{chapter.toml}: {Address(self.moment.path, piece.names[0])} is also something"
                " else than a function, and no exercise; list it as given"
            )
        return stub(
            piece, f"Chapter {chapter.number}, step {step}: {chapter.steps[step - 1].title}"
        )

    def _guard(self, piece: Piece) -> Piece:
        twin = next((each for each in walk(self.old) if same_heads(each, piece)), None)
        old = [branch.children for branch in twin.branches] if twin else [()] * len(piece.branches)
        pairs = zip(piece.branches, old, strict=True)
        branches = tuple(
            replace(ours, children=self._children(ours.children, theirs)) for ours, theirs in pairs
        )
        return replace(piece, branches=branches)

    def _class(self, piece: Piece) -> Iterable[Piece]:
        """A class whose head and members are each taken from where they are due."""
        twin = self._twin(piece)
        if twin is not None and not twin.branches:
            return self._changed(piece)
        head: Lines = piece.own_lines
        if twin is None or twin.own_lines != head:
            entry = self.moment.lists.required(self.moment.path, piece.names)
            if not self.moment.is_due(entry.step):
                if twin is None:
                    return []
                head = twin.own_lines
        branch = piece.branches[0]
        children = self._children(branch.children, twin.branches[0].children if twin else ())
        return [replace(piece, branches=(replace(branch, head=head, children=children),))]

    def _old_instead(self, piece: Piece) -> Iterator[Piece]:
        """The old definitions of what a piece binds, once each, where the new ones stand."""
        for name in piece.names:
            new, old = self.new_pieces[name], self.old_pieces.get(name, [])
            index = [each.first for each in new].index(piece.first)
            here = [old[index]] if len(old) == len(new) else old if index == 0 else []
            for each in here:
                if each.first not in self.placed:
                    self.placed.add(each.first)
                    yield self._fitting(each, piece, name)

    def _fitting(self, old: Piece, new: Piece, name: str) -> Piece:
        if old.indent != new.indent:
            raise CourseError(
                f"{self.moment.lists.chapter.toml}: {Address(self.moment.path, name)} moves into or"
                " out of an if, try or with; list it as given"
            )
        return old

    def _twin(self, piece: Piece) -> Piece | None:
        """The old definition in the place of this one."""
        old = self.old_pieces.get(piece.names[0], [])
        index = [each.first for each in self.new_pieces[piece.names[0]]].index(piece.first)
        return old[min(index, len(old) - 1)] if old else None

    def _leftover(self, new: Sequence[Piece], old: Sequence[Piece]) -> dict[int, list[Piece]]:
        """Old pieces that the new version lacks and that are not yet removed.

        By the index of the new piece behind which each stands, -1 for the beginning.
        """
        result: dict[int, list[Piece]] = {}
        anchor = max((i for i, each in enumerate(new) if each.kind in ALWAYS_NEW), default=-1)
        for piece in old:
            found = [i for i, each in enumerate(new) if _same_place(each, piece)]
            if found:
                anchor = found[-1] if piece.kind not in ALWAYS_NEW else anchor
            elif kept := self._not_removed(piece):
                result.setdefault(anchor, []).append(kept)
        return result

    def _not_removed(self, piece: Piece) -> Piece | None:
        if piece.kind == "guard":
            return self._left_in_guard(piece)
        if piece.kind in ALWAYS_NEW or _is_all(piece):
            return None
        if any(name in self.new_pieces for name in piece.names):
            return None
        step = self.moment.lists.removal(self.moment.path, piece.names)
        return None if self.moment.is_due(step) else piece

    def _left_in_guard(self, guard: Piece) -> Piece | None:
        """An old guard with those of its pieces that are not yet removed; it brings its imports."""
        branches = []
        for branch in guard.branches:
            kept = [
                each if each.kind == "import" else self._not_removed(each)
                for each in branch.children
            ]
            branches.append(replace(branch, children=tuple(each for each in kept if each)))
        left = replace(guard, branches=tuple(branches))
        return (
            None
            if only_imports(left) == left or not any(each.children for each in branches)
            else left
        )

    def _is_changed(self, names: Iterable[str]) -> bool:
        """Whether any of these names is defined otherwise than in the old version."""
        return any(
            _texts(self.new_pieces[name]) != _texts(self.old_pieces.get(name, [])) for name in names
        )


def changed_names(old: str, new: str) -> set[str]:
    """The symbols that a new version defines otherwise than the old, or that only it has."""
    before, after = _by_name(parse(old)), _by_name(parse(new))
    return {name for name in after if _texts(after[name]) != _texts(before.get(name, []))}


def _texts(pieces: Iterable[Piece]) -> list[Lines]:
    return [
        tuple(join(Branch((), (replace(each, gap=()),), (), "")).split("\n")) for each in pieces
    ]


def _by_name(branch: Branch) -> dict[str, list[Piece]]:
    """The definitions of each name; imports are none."""
    found: dict[str, list[Piece]] = {}
    for piece in walk(branch):
        for name in piece.names if piece.kind != "import" else ():
            found.setdefault(name, []).append(piece)
    return found


def _imports(branch: Branch) -> Iterator[str]:
    for piece in walk(branch):
        yield from piece.names if piece.kind == "import" else ()


def _same_place(new: Piece, old: Piece) -> bool:
    if (new.kind == "import") != (old.kind == "import"):
        return False
    return same_heads(new, old) or bool(set(new.names) & set(old.names))
