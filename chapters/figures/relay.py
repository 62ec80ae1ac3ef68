"""The figure of chapter 15: what a relay does with bytes that nobody takes, and with an end.

    python -m chapters.figures.relay

Runs the package's own relay between a client and an upstream. In each round the client sends a
piece, or has to wait; the upstream reads what is there, or nothing; and the kernels and the proxy
do what they can until nobody can do any more. A relay has no use for a clock, so there is none.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chapters.errors import CourseError
from chapters.figures.files import dumps
from chapters.figures.relay_seen import GAUGES, LINKS, Sample
from chapters.figures.relay_told import (
    answering,
    both_ways,
    draining,
    end_heard,
    end_passed,
    ending,
    filling_client,
    filling_proxy,
    filling_upstream,
    full,
    joined,
    keeping,
    moving_on,
    other_way,
    over,
    said,
    sending_on,
    upstream_ends,
)
from chapters.figures.sockets import Turns, connection
from chapters.figures.trace import Actor, Scene, Step, Trace
from reverseproxy.tcp.relay import Relay

PIECE = 16_384
ANSWER = 1024
MOST_ROUNDS = 20
"""What has not happened until then does not happen."""


class Stage:
    """A relay between its two neighbours, and what is to be seen of them from outside."""

    def __init__(self) -> None:
        self.client, self._near = connection()
        self._far, self.upstream = connection()
        self._ways = (self.client.out, self._far.out, self.upstream.out, self._near.out)
        self._turns = Turns(self._near, self._far)
        self.is_sending = self.is_reading = self.is_answering = False
        self.is_over = False
        self._pieces = 0
        self._waiting = self._sent = self.read = b""
        Relay(self._near, self._far, self._turns, self._ended).start()

    def _ended(self, _: Relay) -> None:
        self.is_over = True

    def close(self) -> None:
        """Closes the sockets of both neighbours."""
        self.client.close()
        self.upstream.close()

    def round(self) -> Sample:
        """A round; what is to be seen after it."""
        if self.is_sending and not self._waiting:
            self._pieces += 1
            self._waiting = bytes([self._pieces]) * PIECE
            self._sent += self._waiting
        if self.is_answering:
            self.upstream.send(bytes(ANSWER))
        self._settle()
        if self.is_reading:
            self.read += self.upstream.into.come.take()
            self._settle()
        return self.sample()

    def carry(self) -> Sample:
        """Only the wires do what they can; what is to be seen then."""
        for way in self._ways:
            way.carry()
        return self.sample()

    def _settle(self) -> None:
        """Everybody does what there is to do. CourseError when that has no end."""
        for _ in range(MOST_ROUNDS):
            did = [self._push(), *(way.carry() for way in self._ways), self._turns.turn()]
            self.client.into.come.take()
            if not any(did):
                return
        raise CourseError("the relay is never done")

    def _push(self) -> bool:
        """The client's kernel takes what it has room for."""
        if not self._waiting or not self.client.is_writable:
            return False
        self._waiting = self._waiting[self.client.send(self._waiting) :]
        return True

    def sample(self) -> Sample:
        """What everybody holds and has passed on by now, in KiB."""
        up, on = self.client.out, self._far.out
        return Sample(
            held=(
                kib(len(up.sent.held)),
                kib(len(up.come.held)),
                kib(up.come.carried - len(up.come.held) - on.sent.carried),
                kib(len(on.sent.held)),
                kib(len(on.come.held)),
            ),
            crossed=tuple(kib(way.come.carried) for way in self._ways),
            ended=tuple(way.come.ended for way in self._ways),
            read=kib(len(self.read)),
            client_waits=bool(self._waiting),
            proxy_reads=self._turns.is_read(self._near),
            is_closed=not (self._near.is_open or self._far.is_open),
        )

    def until(self, reached: Callable[[Sample], bool], fault: str) -> list[Sample]:
        """The samples up to the first that is like that. CourseError when none is."""
        samples = [self.sample()]
        while len(samples) <= MOST_ROUNDS:
            samples.append(self.round())
            if reached(samples[-1]):
                return samples
        raise CourseError(fault)

    def check(self) -> None:
        """Raises CourseError when the upstream has not read just what the client has sent."""
        if self.read != self._sent:
            raise CourseError("what the upstream reads is not what the client sends")


def kib(size: int) -> int:
    return size // 1024


@contextmanager
def stage() -> Iterator[Stage]:
    """A stage whose relay has just begun."""
    made = Stage()
    yield made
    made.close()


GREEDY = "the relay takes more than the upstream does"
DEAF = "the relay does not pass an end on"


def slow_reader() -> Iterator[Step]:
    """The upstream stops reading, and reads again."""
    with stage() as there:
        yield joined()
        there.is_sending = there.is_reading = there.is_answering = True
        yield both_ways(there.until(lambda s: s.read >= 32, GREEDY))
        there.is_reading = there.is_answering = False
        yield filling_upstream(there.until(lambda s: s.held[4] >= 64, GREEDY))
        yield sending_on(there.until(lambda s: s.held[3] >= 64, GREEDY))
        yield keeping(there.until(lambda s: not s.proxy_reads, GREEDY))
        yield filling_proxy(there.until(lambda s: s.held[1] >= 64, GREEDY))
        yield filling_client(there.until(lambda s: s.held[0] >= 64, GREEDY))
        yield full(there.until(lambda s: s.client_waits, GREEDY))
        there.is_answering = True
        yield other_way(there.until(lambda s: True, GREEDY))
        there.is_sending, there.is_reading, there.is_answering = False, True, False
        yield moving_on(there.until(lambda s: True, GREEDY))
        yield draining(there.until(lambda s: not any(s.held), GREEDY))
        there.check()


def half_close() -> Iterator[Step]:
    """The client ends; the upstream answers, and ends too."""
    with stage() as there:
        yield joined()
        there.is_sending = True
        yield said(there.until(lambda s: s.held[4] >= 48, GREEDY))
        there.is_sending = False
        there.client.shutdown(socket.SHUT_WR)
        before = there.sample()
        arrived = there.carry()
        yield ending([before, arrived])
        yield end_passed([arrived, *there.until(lambda s: s.ended[1], DEAF)[1:]])
        there.is_reading = True
        yield end_heard(there.until(lambda s: s.read >= 48, DEAF))
        there.check()
        before = there.sample()
        answered = []
        for _ in range(3):
            there.upstream.send(bytes(PIECE))
            answered.append(there.round())
        yield answering([before, *answered])
        there.upstream.shutdown(socket.SHUT_WR)
        last = there.until(lambda s: s.ended[3], DEAF)
        yield upstream_ends(last)
        if not (there.is_over and last[-1].is_closed):
            raise CourseError("the relay does not end when both directions have")
        yield over()


def trace() -> Trace:
    """The figure, from two runs."""
    return Trace(
        title="A relay",
        about=(
            "A client, a proxy and an upstream, and five places where bytes can wait on their way"
            " up: two buffers of the kernels on each connection, and the proxy's rest between"
            " them. The upstream stops reading, and the places fill one after another up to the"
            " client, which has to wait. Then the upstream reads again, and everything drains in"
            " order. In a second scene the client ends its direction. The end goes through to the"
            " upstream, whose answer still comes back, until it ends as well."
        ),
        actors=(
            Actor("client", "client", "client", 0),
            Actor("proxy", "proxy", "proxy", 1),
            Actor("upstream", "upstream", "upstream", 2),
        ),
        links=LINKS,
        gauges=GAUGES,
        scenes=(
            Scene("A reader that stops", tuple(slow_reader())),
            Scene("Half-close", tuple(half_close())),
        ),
        telling=(0, 7),
    )


if __name__ == "__main__":
    sys.stdout.write(dumps(trace()))
