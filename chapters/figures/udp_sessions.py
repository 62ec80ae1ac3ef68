"""The figure of chapter 21: sessions come and go, a flood drowns itself, and one session moves.

    python -m chapters.figures.udp_sessions

The switchboard, its sessions and its target are the package's own, and their clock is virtual;
clients and upstreams are simulated.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from random import Random
from unittest import mock

from chapters.figures import clock
from chapters.figures.datagrams import BEGUN, NOISE, Ear, Place, Watched, Wires
from chapters.figures.files import dumps
from chapters.figures.over_time import Course, Seen, spans
from chapters.figures.trace import SIGNS, Entry, Lane, Score, Trace
from chapters.figures.udp_sessions_told import (
    BEAT,
    DIES,
    FLOOD,
    IDLE,
    RETURNS,
    ROOM,
    SPAN,
    Story,
    coming_and_going,
    flooded,
    refused,
    up,
)
from reverseproxy.target import Target
from reverseproxy.udp import talk
from reverseproxy.udp.addresses import Addresses
from reverseproxy.udp.counts import DatagramCounts
from reverseproxy.udp.listener import Client
from reverseproxy.udp.switchboard import Switchboard

URLS = ["udp://127.0.0.1:8001", "udp://127.0.0.1:8002"]
CLIENTS = {"A": ("192.0.2.2", 40_001), "B": ("192.0.2.1", 40_002), "C": ("192.0.2.3", 40_003)}
"""The ring has A and C at the first upstream, and B at the second."""

LOOK = 0.5
"""Seconds from one look at the sessions to the next."""

PATIENCE = 1.0
"""Seconds after which an answer does not come any more."""

PER_SECOND = 3
"""Forged datagrams."""

SEED = 21

Times = dict[str, Sequence[float]]
"""When each client sends, in seconds."""


class Stage:
    """A switchboard with its two upstreams and three clients, and what was seen of it."""

    def __init__(self) -> None:
        self._now = asyncio.get_running_loop().time
        self.seen: list[Seen] = []
        self.states: dict[str, list[tuple[float, str]]] = {name: [] for name in CLIENTS}
        self.states |= {"1": [], "2": []}
        self.counts = DatagramCounts()
        self.unanswered: dict[str, list[float]] = {name: [] for name in CLIENTS}
        self.lost: list[float] = []
        self._state = dict.fromkeys(self.states, "")
        self._one_way: set[Client] = set()
        self._ear = Ear(self._answered)
        wires = Wires()
        self.places = [Place(self._hears("1")), Place(self._hears("2"))]
        wires.places = dict(zip((8001, 8002), self.places, strict=True))
        self._wires = wires
        target = Target(URLS, policy="ring", clock=self._now)
        self._switchboard = Switchboard(
            target, Watched(ROOM, self._told), wires, Addresses(target.upstreams), self.counts
        )

    async def run(self, times: Times, flood: bool = False, dies: bool = False) -> None:
        """Everybody sends when it is time."""
        loop = asyncio.get_running_loop()
        for name, moments in times.items():
            for moment in moments:
                loop.call_at(moment, self.send, CLIENTS[name], name.encode())
        if flood:
            random = Random(SEED)
            for number in range((FLOOD[1] - FLOOD[0]) * PER_SECOND):
                forged = (f"198.51.100.{random.randrange(256)}", random.randrange(1024, 65536))
                moment = FLOOD[0] + (number + 0.5) / PER_SECOND
                loop.call_at(moment, self.send, forged, NOISE)
        if dies:
            loop.call_at(DIES, self.listen, False)
            loop.call_at(RETURNS, self.listen, True)
        with mock.patch.object(talk, "connected", self._wires.connected):
            for number in range(int(SPAN / LOOK) + 1):
                await asyncio.sleep(number * LOOK - self._now())
                self._look(number * LOOK)

    def send(self, client: Client, data: bytes) -> None:
        """A client sends a datagram. Whether it is answered will be seen."""
        if data != NOISE:
            self.unanswered[data.decode()].append(self._now())
        self._ear.hear(client, data)
        self._switchboard.take(self._ear)

    def listen(self, is_listening: bool) -> None:
        """Somebody stops the first upstream, or starts it."""
        self.places[0].is_listening = is_listening
        self._state["1"] = "" if is_listening else "bad"

    def _told(self, client: Client, state: str) -> None:
        if state == BEGUN:
            self._one_way.add(client)
        else:
            self._one_way.discard(client)
        for name, each in CLIENTS.items():
            if each == client:
                self._state[name] = state

    def _answered(self, client: Client) -> None:
        name = next(name for name, each in CLIENTS.items() if each == client)
        self._mark(name, "done", self.unanswered[name].pop(0))

    def _hears(self, lane: str) -> Callable[[bytes], None]:
        return lambda data: self._mark(lane, "done", self._now())

    def _mark(self, lane: str, kind: str, moment: float) -> None:
        at = round(moment, 2)
        self.seen.append(Seen(self._now(), Entry(lane, kind, at, at)))

    def _look(self, now: float) -> None:
        """What is to be seen now."""
        self._switchboard.end_quiet(IDLE, now)
        for name, moments in self.unanswered.items():
            while moments and moments[0] < now - PATIENCE:
                self.lost.append(moments[0])
                self._mark(name, "lost", moments.pop(0))
        for name, state in self._state.items():
            self.states[name].append((now, state))
        if now % BEAT == 0 and now < SPAN:
            until = now + BEAT
            for kind, value in (("first", len(self._switchboard)), ("again", len(self._one_way))):
                if value:
                    self.seen.append(Seen(until, Entry("table", kind, now, until, value)))


def story(times: Times, flood: bool = False, dies: bool = False) -> Story:
    """What was seen of a run, to be told."""

    async def played() -> Stage:
        stage = Stage()
        await stage.run(times, flood, dies)
        return stage

    stage = clock.run(played())
    seen = list(stage.seen)
    for lane, states in stage.states.items():
        seen += spans(lane, states, BEAT)
    # In each beat states come first: what stands on them must not be hidden by them.
    seen.sort(key=lambda each: (up(each.at), each.entry.kind in SIGNS, each.at))
    signs = [each for each in seen if each.entry.kind in SIGNS]

    said: dict[str, str] = {}

    def scores(now: float) -> Iterator[Score]:
        if not now > BEAT:
            said.clear()
        for lane in CLIENTS:
            ends = [each.entry.kind for each in signs if each.entry.lane == lane and each.at <= now]
            lost = ends.count("lost")
            words = f"{ends.count('done')} answered" + (f", {lost} lost" if lost else "")
            if said.get(lane) != words:
                said[lane] = words
                yield Score(lane, words)

    return Story(
        course=Course(seen, scores, BEAT),
        begun=stage.counts.sessions,
        evicted=stage.counts.evicted,
        lost=stage.lost,
        states=stage.states,
    )


def every(seconds: float, begin: float, end: float) -> list[float]:
    """The moments of somebody who sends regularly."""
    return [begin + seconds * number for number in range(int((end - begin) / seconds) + 1)]


def trace() -> Trace:
    """The figure, from three runs."""
    quiet: Times = {
        "A": [*every(2, 1.1, 15.1), *every(2, 31.1, 37.1)], "B": every(4, 4.2, 36.2), "C": [7.3],
    }  # fmt: skip
    noisy: Times = {"A": every(2, 1.1, 37.1), "B": every(4, 2.2, 34.2), "C": every(3, 18.3, 36.3)}
    moving: Times = {
        "A": every(2, 1.1, 37.1), "B": every(4, 2.2, 34.2), "C": [*every(3, 3.3, 15.3), 32.3, 35.3],
    }  # fmt: skip
    return Trace(
        title="UDP sessions coming and going",
        about=(
            "Lanes over time: three clients and whether they have a session, two upstreams and what"
            " they hear, and how many sessions there are. First, clients come, get answers, fall"
            " silent, and their sessions end. Then forged datagrams fill the table: each new one"
            " pushes out the oldest session that was never answered, and those of the clients stay."
            " At last, nobody listens at the first upstream any more. Its clients lose a datagram"
            " each, and go on with the second."
        ),
        actors=(), links=(), gauges=(),
        scenes=(
            coming_and_going(story(quiet)),
            flooded(story(noisy, flood=True)),
            refused(story(moving, dies=True)),
        ),
        telling=(1, 3),
        lanes=(
            *(Lane(name, f"client {name}") for name in CLIENTS),
            Lane("1", "upstream 1"),
            Lane("2", "upstream 2"),
            Lane("table", "the table", ROOM, "sessions"),
        ),
        span=SPAN,
        legend=(
            ("trial", "a session"), ("out", "one that was answered"), ("bad", "nobody listens"),
            ("done", "a datagram"), ("lost", "lost"),
            ("first", "sessions"), ("again", "of them never answered"),
        ),
    )  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(dumps(trace()))
