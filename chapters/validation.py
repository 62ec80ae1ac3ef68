"""Checks a chapter's addresses against the files before and after it."""

from collections.abc import Iterable, Iterator, Mapping

from chapters.chapter import Chapter
from chapters.derive import changed_names
from chapters.errors import CourseError
from chapters.history import is_init
from chapters.lists import Entry, Lists
from chapters.source import Address, Symbol, symbols

Files = Mapping[str, bytes]


def check_lists(chapter: Chapter, lists: Lists, old: Files, new: Files) -> None:
    """Raises CourseError for an address that names nothing, or not what it may name."""
    for fault in _faults(chapter, lists, old, new):
        raise CourseError(f"{chapter.toml}: {fault}")


def text_of_file(path: str, files: Files) -> str:
    """A Python file as text, empty when there is none. Raises CourseError for other things."""
    try:
        text = files.get(path, b"").decode()
        symbols(text)
    except (UnicodeDecodeError, SyntaxError) as error:
        raise CourseError(f"{path} is not Python: {error}") from None
    return text


def _faults(chapter: Chapter, lists: Lists, old: Files, new: Files) -> Iterator[str]:
    for path in chapter.changed:
        if old.get(path) == new.get(path):
            yield f"changed lists '{path}', but the chapter leaves it as it is"
    files = [*chapter.added, *chapter.changed, *chapter.removed]
    for entry in lists.entries.values():
        fault = _unknown(entry.address, files, old, new) or _misused(entry, lists, old, new)
        if fault:
            yield f"{_key(entry)} lists '{entry.address}', but {fault}"
    yield from _strangers("told", chapter.told, files, old)
    yield from _strangers("unshown", [each.address for each in chapter.unshown], files, new)


def _strangers(
    key: str, addresses: Iterable[Address], files: list[str], tree: Files
) -> Iterator[str]:
    for address in addresses:
        if fault := _unknown(address, files, tree):
            yield f"{key} lists '{address}', but {fault}"


def _key(entry: Entry) -> str:
    if entry.role == "given":
        return "given"
    return f"step {entry.step}, {'symbols' if entry.role == 'exercise' else 'with'},"


def _unknown(address: Address, files: list[str], *trees: Files) -> str | None:
    if address.path not in files:
        return f"the chapter does not touch that file; it touches: {', '.join(files) or 'none'}"
    if address.symbol is None:
        return None
    if not address.path.endswith(".py"):
        return "only Python files have symbols"
    known = {name: None for tree in trees for name in _symbols(address.path, tree)}
    if address.symbol not in known:
        return f"there is no such symbol; the file has: {', '.join(known) or 'none'}"
    return None


def _misused(entry: Entry, lists: Lists, old: Files, new: Files) -> str | None:
    """What is wrong with listing a symbol that exists."""
    path, name = entry.address.path, entry.address.symbol
    if name is None:
        return "an exercise is a function or method" if entry.role == "exercise" else None
    before, after = _symbols(path, old), _symbols(path, new)
    symbol = after.get(name)
    if symbol is None:
        return "the chapter removes it" if entry.role == "exercise" else None
    if symbol.kind == "import":
        return "imports are kept as the code needs them; leave it out"
    if not is_init(path) and not _changes(name, path, old, new):
        return "the chapter leaves it as it is"
    if entry.role == "exercise":
        return _no_exercise(symbol, before)
    return _orphan(entry, lists) if symbol.kind == "class" and name not in before else None


def _no_exercise(symbol: Symbol, before: Mapping[str, Symbol]) -> str | None:
    if symbol.kind != "function":
        return f"it is of the kind {symbol.kind}; an exercise is a function or method"
    owner, _, name = symbol.name.rpartition(".")
    if name == "__init__" and owner and owner not in before:
        return "the __init__ of a new class is given or withheld, not an exercise"
    return None


def _orphan(entry: Entry, lists: Lists) -> str | None:
    """A member that is there before its class."""
    for other in lists.entries.values():
        if other.step < entry.step and entry.address.covers(other.address):
            return f"{other.address}, which is in it, is there before: {other}"
    return None


def _symbols(path: str, files: Files) -> dict[str, Symbol]:
    return symbols(text_of_file(path, files)) if path.endswith(".py") else {}


def _changes(name: str, path: str, old: Files, new: Files) -> bool:
    return name in changed_names(text_of_file(path, old), text_of_file(path, new))
