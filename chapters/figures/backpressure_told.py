"""The sentences of chapter 2's figure: what was measured in its run, told step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chapters.figures.trace import Beat, Connection, Doing, Event, Gauge, Level, Link, Step, Token

ONE, TWO = "one", "two"
LINKS = (
    Link(ONE, "connection 1", ("client", "proxy")),
    Link(TWO, "connection 2", ("proxy", "upstream")),
)

UNREAD = "sent, not read yet"
GAUGES = (
    Gauge("for-client", UNREAD, ONE, capacity=64, cell=16, unit="KiB"),
    Gauge("in-proxy", "not sent yet", "proxy", capacity=96, cell=16, unit="KiB", mark=64),
    Gauge("for-proxy", UNREAD, TWO, capacity=64, cell=16, unit="KiB"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """What is to be seen at one moment, in KiB.

    `client`, `buffer` and `upstream` are what waits for the client, in the proxy's server, and for
    the proxy. `sent_on` and `sent` are what the proxy and the upstream have put on the wire so far.
    """

    client: int
    buffer: int
    upstream: int
    sent_on: int
    sent: int
    is_paused: bool
    upstream_waits: bool

    @property
    def in_hand(self) -> int:
        """What the proxy has read and not handed to its server."""
        return self.sent - self.upstream - self.sent_on - self.buffer

    @property
    def on_the_way(self) -> int:
        """What the upstream has sent and the client has not read."""
        return self.client + self.buffer + self.in_hand + self.upstream

    @property
    def levels(self) -> list[Event]:
        """The gauges."""
        return [
            Level("for-client", self.client),
            Level("in-proxy", self.buffer),
            Level("for-proxy", self.upstream),
        ]


Samples = Sequence[Sample]


def ticks(samples: Samples, first: Sequence[Event] = (), *, apart: bool = False) -> Iterator[Beat]:
    """Beats for what moved between samples: what travels, and then the levels.

    `first` happens at the beginning. `apart` shows the two connections one after the other.
    """
    begin = list(first)
    for before, after in pairwise(samples):
        moving = [*piece(TWO, "proxy", after.sent - before.sent),
                  *piece(ONE, "client", after.sent_on - before.sent_on)]  # fmt: skip
        for group in [[each] for each in moving] if apart else [moving]:
            yield (*begin, *group)
            begin = []
        yield tuple(after.levels)


def piece(link: str, to: str, size: int) -> list[Event]:
    return [Token(link, to, "piece", f"{size} KiB")] if size > 0 else []


def asking() -> Step:
    return Step.of(
        "The client asks for a film, the proxy asks the upstream, and the head of the answer goes"
        " through at once. No piece of the body has been sent yet.",
        [
            Doing("client", "works", "asks"),
            Connection(ONE, "open"),
            Token(ONE, "proxy", "request", "GET"),
        ],
        [
            Doing("proxy", "works", "asks"),
            Connection(TWO, "open"),
            Token(TWO, "upstream", "request", "GET"),
        ],
        [Doing("upstream", "works", "answers"), Token(TWO, "proxy", "response", "200")],
        [Doing("client", "works", "reads"), Token(ONE, "client", "response", "200")],
    )


def straight(samples: Samples) -> Step:
    held = samples[-1].buffer
    return Step.of(
        "The client reads as fast as the pieces come. Each goes straight through, and the proxy"
        f" keeps {held or 'nothing'}.",
        *ticks(
            samples,
            [Doing("proxy", "works", "passes on"), Doing("upstream", "works", "sends")],
            apart=True,
        ),
    )


def swelling(samples: Samples) -> Step:
    return Step.of(
        "Now the client stops reading. What the proxy sends stays in the kernel's buffer, until"
        f" that is full at {samples[-1].client} KiB.",
        *ticks(samples, [Doing("client", "waits", "reads nothing")]),
    )


def overflowing(samples: Samples) -> Step:
    last = samples[-1]
    return Step.of(
        "The next pieces wait in the proxy, in uvicorn's buffer. With"
        f" {last.buffer} KiB it is over its high-water mark of 64. The proxy has one more piece in"
        " hand, and its `send` does not return.",
        *ticks(samples),
        [Doing("proxy", "waits", "waits in send")],
    )


def refilling(samples: Samples) -> Step:
    return Step.of(
        "Whoever waits in `send` asks for nothing. The upstream goes on sending, and the kernel's"
        f" buffer on the proxy's side fills up too: {samples[-1].upstream} KiB.",
        *ticks(samples),
    )


def full(samples: Samples, *, again: bool = False) -> Step:
    last = samples[-1]
    doing = [
        Doing("client", "waits", "reads nothing"),
        Doing("proxy", "waits", "waits in send"),
        Doing("upstream", "waits", "waits in write"),
    ]
    told = (
        "As before, the client reads nothing, everything is full, and everybody waits:"
        f" {last.on_the_way} KiB are on their way."
        if again
        else "Now the upstream has to wait in its own `write`: that is backpressure."
        f" {last.on_the_way} KiB are on their way, and there would be no more of them if the film"
        " had 4 GB."
    )
    return Step.of(told, [*doing, *last.levels])


def emptying(samples: Samples) -> Step:
    return Step.of(
        "The client reads again, piece by piece. Each makes room for one from the proxy's buffer."
        " The proxy still waits: its server says go on at 16 KiB, and not before.",
        *ticks(samples, [Doing("client", "works", "reads")]),
    )


def gulping(samples: Samples) -> Step:
    return Step.of(
        "There, `send` returns. The proxy asks for more and gets all that had been waiting,"
        f" {samples[0].upstream} KiB at once. So the upstream's `write` returns as well.",
        *ticks(
            samples, [Doing("proxy", "works", "passes on"), Doing("upstream", "works", "sends")]
        ),
    )


def flowing(samples: Samples) -> Step:
    return Step.of(
        "So it goes on, in gulps. The upstream sends as fast as this client reads, though neither"
        " knows of the other.",
        *ticks(samples, [Doing("proxy", "waits", "waits in send")]),
    )


def leaving(events: Sequence[str]) -> Iterator[Step]:
    """What happened after the client had left, in its order."""
    for event in events:
        yield LEAVING[event]
    yield Step.of(
        "Nobody works for somebody who is not there. Nothing of this request is left, neither in"
        " the proxy nor in the upstream.",
        [Doing("proxy", "idle", ""), Doing("upstream", "idle", "")],
    )


LEAVING: Mapping[str, Step] = {
    "left": Step.of(
        "The client leaves: its kernel ends the connection. What was on its way to it is lost.",
        [Doing("client", "gone", "is gone"), Token(ONE, "proxy", "end", "end")],
        [Connection(ONE, "closed"), Level("for-client", 0), Level("in-proxy", 0)],
    ),
    "told": Step.of(
        "The server tells the proxy, through `receive`: `http.disconnect`. Somebody was listening"
        " there all the time, and now cancels the work.",
        [Doing("proxy", "works", "is cancelled")],
    ),
    "closed": Step.of(
        "On the way out of its block, the proxy closes connection 2, in the middle of the answer.",
        [Doing("proxy", "works", "closes"), Token(TWO, "upstream", "end", "end")],
        [Connection(TWO, "closed"), Level("for-proxy", 0)],
    ),
    "stopped": Step.of(
        "The upstream's `write` fails. It learns that nobody listens any more, and can stop.",
        [Doing("upstream", "works", "stops")],
    ),
}
