"""The figure of chapter 19: a batch's life, from a client's bytes to an upstream's lines.

    python -m chapters.figures.lines

Runs the package's own clients, queue, connections and ledger between two clients and two upstreams.
The wires are in memory, and so is the answer to the one question that a connection has for its
kernel: how much has not been confirmed? Nothing here takes time, so there is no clock.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast
from unittest import mock

from chapters.errors import CourseError
from chapters.figures.files import dumps
from chapters.figures.lines_seen import GAUGES, LINE, LINKS, Sample
from chapters.figures.lines_told import (
    all_delivered,
    arrive,
    both_busy,
    broken,
    closed,
    cut,
    ended,
    free_again,
    in_front,
    joined,
    joined_up,
    nobody_free,
    other_client,
    taken_over,
    under_way,
)
from chapters.figures.sockets import Side, Turns, connection
from chapters.figures.trace import Actor, Scene, Step, Trace
from reverseproxy.lines.client import Client
from reverseproxy.lines.connection import LineConnection
from reverseproxy.lines.ledger import Ledger
from reverseproxy.lines.queue import Queue
from reverseproxy.lines.sent import Sent

KERNEL = 250
"""Bytes that a kernel holds for a connection with an upstream: two lines, and half of one."""

LONGEST = 1000
TICKS = 1000
MOST_ROUNDS = 20
"""What has not happened until then does not happen."""


class Stage:
    """Two clients, a queue, two connections, and what is to be seen of them from outside."""

    def __init__(self) -> None:
        self.ledger, self._queue = Ledger(), Queue(4)
        near = [connection() for _ in range(2)]
        far = [connection(KERNEL) for _ in range(2)]
        self.clients = dict(zip("ab", (client for client, _ in near), strict=True))
        self.upstreams = [upstream for _, upstream in far]
        self._near = [mine for _, mine in near] + [mine for mine, _ in far]
        self._ways = [client.out for client, _ in near] + [mine.out for mine, _ in far]
        self.turns = Turns(*self._near)
        self._crossed = [b"" for _ in self._ways]
        self.read = [b"", b""]
        self._said = dict.fromkeys("ab", 0)
        self.over: list[object] = []
        for _, mine in near:
            Client(mine, self.turns, LONGEST, self._queue, self.ledger, lambda _: None).start()
        self.connections = [
            LineConnection(mine, self.turns, Sent(mine, KERNEL), self._queue, self.ledger)
            for mine, _ in far
        ]
        for each in self.connections:
            each.start(self.over.append)

    def close(self) -> None:
        """Closes the sockets of all neighbours."""
        for side in (*self.clients.values(), *self.upstreams):
            side.close()

    def say(self, client: str, size: int) -> Sample:
        """A client sends so many bytes of its lines, and the proxy does what it can with them."""
        begin, self._said[client] = self._said[client], self._said[client] + size
        stream = b"".join(line(f"{client}{number}") for number in range(1, 10))
        self.clients[client].send(stream[begin : begin + size])
        self._settle(0, 1)
        return self.sample()

    def carry(self) -> Sample:
        """Once over the wires; what is to be seen then."""
        self._settle(2, 3)
        return self.sample()

    def take(self, upstream: int, size: int = KERNEL) -> Sample:
        """An upstream's program reads."""
        self.read[upstream] += self.upstreams[upstream].into.come.take(size)
        return self.sample()

    def flow(self, upstream: int) -> list[Sample]:
        """An upstream reads on until nothing more comes; what is to be seen each time."""
        samples = [self.sample()]
        for _ in range(MOST_ROUNDS):
            self.take(upstream)
            samples.append(self.carry())
            if not self.upstreams[upstream].into.come.held:
                return samples
        raise CourseError("the upstream is never done")

    def _settle(self, *ways: int) -> None:
        """Carries what is on these ways, and has everybody do what there is to do, once."""
        for at in (each for each in ways if self._near[each].is_open):
            come = self._ways[at].come
            there = len(come.held)
            self._ways[at].carry()
            self._crossed[at] += come.held[there:]
        for side in self.upstreams:
            side.out.carry()
        self.turns.turn()
        for each in self.connections:
            each.tick(TICKS)

    def sample(self) -> Sample:
        """What everybody has by now."""
        return Sample(
            counted=(
                self._queue.lines,
                sum(each.flight.lines for each in self.connections),
                self.ledger.delivered,
                self.ledger.unconfirmed,
                *(data.count(b"\n") for data in self.read),
            ),
            crossed=tuple(self._crossed),
        )

    def check(self) -> None:
        """Raises CourseError when a line is fused, or missing without being accounted for."""
        ledger = self.ledger
        for data in self.read:
            whole = data[: data.rfind(b"\n") + 1].splitlines(keepends=True)
            if any(each != line(each[:2].decode()) for each in whole):
                raise CourseError("a line arrives that nobody has sent")
        if ledger.accepted != ledger.delivered + ledger.unconfirmed:
            raise CourseError("the ledger does not add up")
        if sum(data.count(b"\n") for data in self.read) < ledger.delivered:
            raise CourseError("a line counts as delivered that nobody has")


def line(name: str) -> bytes:
    return (name * LINE).encode()[: LINE - 1] + b"\n"


def unconfirmed(sock: socket.socket) -> int:
    """What a kernel would say: bytes that are not with the other side's yet."""
    return len(cast(Side, sock).out.sent.held)


@contextmanager
def stage() -> Iterator[Stage]:
    """A stage on which everybody has connected."""
    with mock.patch("reverseproxy.lines.arrival.unconfirmed", unconfirmed):
        made = Stage()
        yield made
        made.close()


def expect(condition: bool, fault: str) -> None:
    """Raises CourseError unless that is so."""
    if not condition:
        raise CourseError(fault)


def whoever_is_free() -> Iterator[Step]:
    """Lines of two clients are cut, wait and go wherever there is room."""
    with stage() as there:
        yield joined()
        begin = there.sample()
        yield cut([begin, there.say("a", 250)])
        yield other_client([there.sample(), there.say("b", 600)])
        yield arrive([there.sample(), there.carry()])
        yield joined_up([there.sample(), there.say("a", 450)])
        yield both_busy([there.sample(), there.carry()])
        yield nobody_free([there.sample(), there.say("b", 200)])
        expect(there.sample().counted[0] == 2, "a connection takes what it cannot send")
        yield free_again(there.flow(1))
        yield all_delivered(there.flow(0))
        there.check()


def half_sent(there: Stage) -> Iterator[Step]:
    """Both connections have sent a part of what they have, and two lines wait."""
    begin = there.sample()
    said = [there.say("a", 400), there.say("b", 400), there.carry()]
    said += [there.say("a", 200), there.say("b", 200), there.say("a", 200)]
    yield under_way([begin, *said])


def breaks() -> Iterator[Step]:
    """An upstream is killed in the middle of a batch."""
    with stage() as there:
        yield from half_sent(there)
        there.take(0, LINE)
        before = there.sample()
        there.upstreams[0].break_off()
        there.turns.turn()
        expect(len(there.over) == 1, "nobody sees that the connection is broken")
        yield broken([before, there.sample()], there.read[0].count(b"\n"))
        samples = there.flow(1)
        yield in_front(samples[:2])
        yield taken_over(samples[1:])
        there.check()
        order = [there.read[1].find(line(name)) for name in ("a3", "a4", "a5", "a7")]
        expect(order == sorted(order), "what comes back does not go before what waits")


def ends() -> Iterator[Step]:
    """An upstream reads what has come, and ends in the middle of a batch."""
    with stage() as there:
        yield from half_sent(there)
        before = there.sample()
        there.take(0)
        there.upstreams[0].shutdown(socket.SHUT_WR)
        there.upstreams[0].out.carry()
        there.turns.turn()
        expect(there.over == [None], "the connection does not end in good order")
        yield ended([before, there.sample()])
        yield closed(there.flow(1))
        there.check()


def trace() -> Trace:
    """The figure, from three runs."""
    return Trace(
        title="A batch's life",
        about=(
            "Two clients, the proxy and two upstreams. Lines are cut out of what clients send, and"
            " go to whichever connection is free; when none is, they wait in a queue. At the side"
            " the proxy counts lines: in the queue, on their way, delivered, unconfirmed. In a"
            " second scene an upstream is killed in the middle of a batch: what had not arrived"
            " goes back in front of the queue, and to the other upstream; what had arrived is"
            " unconfirmed. In a third one it ends in good order, and nothing is in doubt."
        ),
        actors=(
            Actor("a", "client a", "client", 0),
            Actor("b", "client b", "client", 0),
            Actor("proxy", "proxy", "proxy", 1),
            Actor("one", "one", "upstream", 2),
            Actor("two", "two", "upstream", 2),
        ),
        links=LINKS,
        gauges=GAUGES,
        scenes=(
            Scene("Whoever is free", tuple(whoever_is_free())),
            Scene("One is killed", tuple(breaks())),
            Scene("One ends", tuple(ends())),
        ),
        telling=(1, 1),
    )


if __name__ == "__main__":
    sys.stdout.write(dumps(trace()))
