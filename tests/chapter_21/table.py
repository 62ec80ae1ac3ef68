"""Sessions without any socket, and ways to see what becomes of them."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, ItemsView, Iterator, KeysView, ValuesView

import pytest

from reverseproxy.sessions import Session, Sessions


class Choosing(Sessions[Session]):
    """Sessions in which a test says who has to leave. It is asked, and notes how many there are."""

    def __init__(self, room: int, leaves: Session | None = None) -> None:
        super().__init__(room)
        self.leaves, self.asked_with = leaves, list[int]()

    def _to_evict(self) -> Session:
        self.asked_with.append(len(self))
        assert self.leaves, "there is room, and somebody has to leave"
        return self.leaves


class Watched(Session):
    """A session that counts how often anybody looks when it was heard last, or had an answer."""

    looks = 0

    @property
    def last(self) -> float:
        """When it was heard."""
        Watched.looks += 1
        return self._last

    @last.setter
    def last(self, now: float) -> None:
        self._last = now

    @property
    def is_one_way(self) -> bool:
        """Whether it never had an answer."""
        Watched.looks += 1
        return self._is_one_way

    @is_one_way.setter
    def is_one_way(self, it: bool) -> None:
        self._is_one_way = it


class Steps(OrderedDict[Hashable, Session]):
    """An order that counts how far anybody goes through it."""

    steps = 0

    def __iter__(self) -> Iterator[Hashable]:
        for key in super().__iter__():
            Steps.steps += 1
            yield key

    def keys(self) -> KeysView[Hashable]:  # type: ignore[override]  # as far as it is needed
        """The keys, in order."""
        return KeysView(self)

    def values(self) -> ValuesView[Session]:  # type: ignore[override]  # as far as it is needed
        """The sessions, in order."""
        return ValuesView(self)

    def items(self) -> ItemsView[Hashable, Session]:  # type: ignore[override]  # as far as needed
        """Both."""
        return ItemsView(self)


def counted(room: int) -> Sessions[Session]:
    """Sessions whose two orders count their steps."""
    sessions = Sessions[Session](room)
    sessions._by_quiet, sessions._one_way = Steps(), Steps()
    return sessions


def steps(call: Callable[[], object]) -> int:
    """How many steps a call takes through orders that count them."""
    before = Steps.steps
    call()
    return Steps.steps - before


def looks(call: Callable[[], object]) -> int:
    """How often a call looks at sessions that are watched."""
    before = Watched.looks
    call()
    return Watched.looks - before


def begun(sessions: Sessions[Session], *keys: str) -> list[Session]:
    """Sessions that begin at 0, 1, 2 s and so on, in a table that has room for them."""
    made = [Session(key) for key in keys]
    for now, session in enumerate(made):
        sessions.add(session, float(now))
    return made


def names(found: object) -> object:
    """What sessions are called: "a", or "a b c", or "nobody"."""
    if isinstance(found, Session):
        return found.key
    if isinstance(found, list):
        return " ".join(str(names(each)) for each in found) or "nobody"
    return "nobody" if found is None else found


def by_quiet(sessions: Sessions[Session]) -> str:
    """All of them, in that order."""
    return str(names(list(sessions._by_quiet.values())))


def one_way(sessions: Sessions[Session]) -> str:
    """Those that never had an answer, in that order."""
    return str(names(list(sessions._one_way.values())))


def quiet_for(sessions: Sessions[Session], seconds: float, now: float) -> str:
    """Who was taken out."""
    try:
        return str(names(sessions.quiet_for(seconds, now)))
    except (RuntimeError, StopIteration, KeyError) as error:
        pytest.fail(f"with {len(sessions)} sessions, to take out the quiet ones raised {error!r}")


def found(sessions: Sessions[Session], key: Hashable, now: float = 9.0) -> object:
    """Who was found, and if it is nobody, that."""
    try:
        return names(sessions.find(key, now))
    except KeyError as error:
        pytest.fail(f"nobody is called {key}, and to look for it raised {error!r}")


def answer(sessions: Sessions[Session], session: Session, now: float = 9.0) -> bool:
    """An answer comes for a session; whether that has ended it."""
    try:
        return sessions.answered(session, now)
    except KeyError as error:
        pytest.fail(f"answer number {session.answers} of a session raised {error!r}")


def evicted(sessions: Sessions[Session], *keys: str) -> str:
    """Who has to leave for clients that begin, one after the other."""
    try:
        return " ".join([str(names(sessions.add(Session(key), 9.0))) for key in keys])
    except (StopIteration, IndexError, KeyError) as error:
        count, room = len(sessions._one_way), sessions._room
        pytest.fail(
            f"there is no room, one has to leave, and to find out who raised {error!r}: "
            f"{count} had no answer, and an eighth of {room} is {room / 8:g}"
        )
