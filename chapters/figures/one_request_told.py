"""The sentences of chapter 1's figure: what was seen in its run, told step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from chapters.figures.trace import Connection, Doing, Note, Step, Token

ONE, TWO = "one", "two"
"""The two connections."""

LONGEST = 24
"""Letters of a line that there is room for."""

COUNTED = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that was seen or heard during the run.

    What somebody says or hears comes with the lines of its message, what is sifted with the names
    that fell away, what is logged with its line.
    """

    what: str
    said: tuple[str, ...] = ()


Seen = list[Happening]


def steps_of(seen: Seen) -> Iterator[Step]:
    """What happened, a sentence at a time."""
    for happening in seen:
        yield TELLERS[happening.what](happening, seen)
    yield Step.of(
        "Four messages on two connections, and the client takes the proxy for the server."
        if has(seen, "answered")
        else "Connection 1 stands, and its next request may have more luck: a failure is the"
        " answer to one request, not a state.",
        [Doing("client", "idle", "")],
    )


def has(seen: Seen, what: str) -> bool:
    return any(each.what == what for each in seen)


def first(seen: Seen, what: str) -> Happening:
    return next(each for each in seen if each.what == what)


def note(link: str, title: str, said: Happening, dropped: Iterable[str] = ()) -> Note:
    """A message on a link. Those fields fall away; the body is quiet."""
    gone = {name.lower() for name in dropped}
    lines = []
    for index, line in enumerate(said.said):
        name, colon, _ = line.partition(":")
        told = line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
        mark = "kept" if colon or index == 0 else "quiet"
        lines.append(("dropped" if index and name.lower() in gone else mark, told))
    return Note(link, title, tuple(lines))


def spoken(names: Iterable[str]) -> str:
    """'Connection', 'Connection and Keep-Alive'."""
    *others, last = [name.title() for name in names]
    return f"{', '.join(others)} and {last}" if others else last


def speak(names: tuple[str, ...]) -> str:
    return "speaks" if len(names) == 1 else "speak"


def said(request: Happening, _: Seen) -> Step:
    return Step.of(
        "The client opens a connection and says its request: a start line and"
        f" {COUNTED[len(request.said) - 1]} fields.",
        [
            Doing("client", "works", "asks"),
            Connection(ONE, "open"),
            Token(ONE, "proxy", "request", "GET"),
        ],
        [
            Doing("client", "waits", "waits"),
            Doing("proxy", "works", "hears it"),
            note(ONE, "what the proxy hears", request),
        ],
    )


def sifted(names: Happening, seen: Seen) -> Step:
    if names is not first(seen, "sifted"):
        return Step.of(
            f"An answer is sifted in the same way: {spoken(names.said)} {speak(names.said)} of"
            " connection 2 only.",
            [
                Doing("proxy", "works", "chooses fields"),
                note(TWO, "what the proxy hears", first(seen, "answered"), names.said),
            ],
        )
    return Step.of(
        f"Which fields travel on? {spoken(names.said)} {speak(names.said)} of this connection"
        " only, so the proxy leaves that out. The others are about the message.",
        [
            Doing("proxy", "works", "chooses fields"),
            note(ONE, "what the proxy hears", first(seen, "said"), names.said),
        ],
    )


def connected(*_: object) -> Step:
    return Step.of(
        "The proxy opens a connection of its own, to the upstream. Nothing leads from the one"
        " connection to the other but the proxy.",
        [Doing("proxy", "works", "connects"), Connection(TWO, "open")],
    )


def refused(*_: object) -> Step:
    return Step.of(
        "The proxy tries to open a connection to the upstream. Nobody listens there, and the"
        " operating system refuses.",
        [Doing("proxy", "works", "connects"), Doing("upstream", "gone", "is not there")],
        [Token(TWO, "proxy", "refusal", "refused"), Connection(TWO, "refused")],
    )


def logged(line: Happening, _: Seen) -> Step:
    return Step.of(
        f"There is no answer to pass on. The log says why: `{line.said[0]}`.",
        [Doing("proxy", "works", "logs a warning")],
    )


def asked(request: Happening, seen: Seen) -> Step:
    missing = COUNTED[len(first(seen, "said").said) - len(request.said)]
    return Step.of(
        "It says a request that it wrote itself: the same method and target, the same fields but"
        f" {missing}, and nothing invented.",
        [Doing("proxy", "works", "asks"), Token(TWO, "upstream", "request", "GET")],
        [
            Doing("proxy", "waits", "waits"),
            Doing("upstream", "works", "hears it"),
            note(TWO, "what the proxy says", request),
        ],
    )


def answered(answer: Happening, _: Seen) -> Step:
    return Step.of(
        "The upstream answers. It answers the proxy, the only client that it knows.",
        [
            Doing("upstream", "works", "answers"),
            Token(TWO, "proxy", "response", answer.said[0].split()[1]),
        ],
        [
            Doing("upstream", "idle", ""),
            Doing("proxy", "works", "hears it"),
            note(TWO, "what the proxy hears", answer),
        ],
    )


def closed(*_: object) -> Step:
    return Step.of(
        "The answer is whole, and connection 2 has served its one request. The proxy closes it.",
        [Doing("proxy", "works", "closes"), Connection(TWO, "closed")],
    )


def heard(answer: Happening, seen: Seen) -> Step:
    status = answer.said[0].partition(" ")[2]
    passed_on = has(seen, "answered")
    told = (
        "The proxy says an answer of its own to the client: the upstream's status, fields and body."
        if passed_on
        else f"So the proxy answers by itself: `{status}`. The client learns that it did not work,"
        " and nothing about the inside."
    )
    shape = "response" if passed_on else "refusal"
    return Step.of(
        told,
        [Doing("proxy", "works", "answers"), Token(ONE, "client", shape, status.split()[0])],
        [
            Doing("proxy", "idle", ""),
            Doing("client", "works", "hears it"),
            note(ONE, "what the client hears", answer),
        ],
    )


TELLERS: Mapping[str, Callable[[Happening, Seen], Step]] = {
    teller.__name__: teller
    for teller in (
        said, sifted, connected, refused, logged, asked, answered, closed, heard,
    )
}  # fmt: skip
