"""The figure of chapter 2: a slow reader stops an upstream, and one that leaves ends its work.

    python -m chapters.figures.backpressure

Runs the package's own proxy between an upstream that sends as fast as it may and a client that
reads when it likes. A second of virtual time is a tick: the upstream writes a piece, the client
reads one or none, and then all that holds bytes is looked at.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from starlette.types import Message, Receive, Scope, Send

from chapters.errors import CourseError
from chapters.figures.backpressure_told import (
    GAUGES,
    LINKS,
    Sample,
    asking,
    emptying,
    flowing,
    full,
    gulping,
    leaving,
    overflowing,
    refilling,
    straight,
    swelling,
)
from chapters.figures.clock import run
from chapters.figures.files import dumps
from chapters.figures.trace import Actor, Scene, Step, Trace
from chapters.figures.wires import Wire, call, upstream
from reverseproxy import ReverseProxy

PIECE = 16_384
PIECES = 60
REQUEST = b"GET /film HTTP/1.1\r\nHost: films.example\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (PIECE * PIECES)

MOST_TICKS = 20
"""What has not happened until then does not happen."""


class Stage:
    """The proxy between its two neighbours, and what is to be seen of them from outside."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.is_reading = True
        self.is_sending = False
        self._there = Wire()
        proxy = ReverseProxy()
        proxy.add_target("http://127.0.0.1:8001")
        self._proxy = proxy
        self.wire, self._transport = call(self._watched)

    async def _watched(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The proxy; its server's word that the client has gone is noted on the way."""

        async def heard() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.events.append("told")
            return message

        await self._proxy(scope, heard, send)

    async def accept(self, wire: Wire) -> None:
        """The upstream: a head, and then pieces, one a second or when there is room again."""
        self._there = wire
        await wire.there.read()
        await wire.back.write(HEAD)
        try:
            for _ in range(PIECES):
                await asyncio.sleep(1)
                with self._sending():
                    await wire.back.write(bytes(PIECE))
        except BrokenPipeError:
            self.events.append("stopped")

    @contextmanager
    def _sending(self) -> Iterator[None]:
        self.is_sending = True
        yield
        self.is_sending = False

    async def ask(self) -> None:
        """The client's request, and the head of the answer."""
        await self.wire.there.write(REQUEST)
        await self.wire.back.read()
        await asyncio.sleep(0.5)  # half-way between two pieces

    async def tick(self) -> Sample:
        """A second; what is to be seen after it."""
        await asyncio.sleep(0.75)  # in which the upstream has written
        if self.is_reading and self.wire.back.held:
            await self.wire.back.read(PIECE)
        await asyncio.sleep(0.25)
        return self.sample()

    def sample(self) -> Sample:
        """What everybody holds and has moved by now, in KiB."""
        return Sample(
            client=kib(len(self.wire.back.held)),
            buffer=kib(self._transport.get_write_buffer_size()),
            upstream=kib(len(self._there.back.held)),
            sent_on=kib(self.wire.back.carried),
            sent=kib(self._there.back.carried),
            is_paused=self._transport.is_paused,
            upstream_waits=self.is_sending,
        )

    async def until(self, reached: Callable[[Sample], bool]) -> list[Sample]:
        """The samples up to the first that is like that. CourseError when none is."""
        samples: list[Sample] = [self.sample()]
        while len(samples) <= MOST_TICKS:
            samples.append(await self.tick())
            if reached(samples[-1]):
                return samples
        raise CourseError("the proxy does not stop when its client does")


def kib(size: int) -> int:
    return size // 1024


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """A stage whose client has asked, and has the head of the answer."""
    made = Stage()
    with upstream(made.accept, made.events.append):
        await made.ask()
        yield made
        made.wire.close()
        await asyncio.sleep(1)


async def slow_reader() -> list[Step]:
    """The client reads, stops reading, and reads again."""
    async with stage() as there:
        steps = [asking(), straight(await there.until(lambda s: s.sent_on >= 32))]
        there.is_reading = False
        steps.append(swelling(await there.until(lambda s: s.client >= 64)))
        steps.append(overflowing(await there.until(lambda s: s.is_paused and s.in_hand > 0)))
        steps.append(refilling(await there.until(lambda s: s.upstream >= 64)))
        steps.append(full(await there.until(lambda s: s.upstream_waits)))
        there.is_reading = True
        samples = await there.until(lambda s: s.upstream < 64)
        steps += [emptying(samples[:-1]), gulping(samples[-2:])]
        steps.append(flowing(await there.until(lambda s: s.upstream >= 64)))
    return steps


async def leaver() -> list[Step]:
    """The client stops reading, and then it leaves."""
    async with stage() as there:
        steps = [asking()]
        there.is_reading = False
        await there.until(lambda s: s.upstream_waits)
        there.events.clear()
        steps.append(full(await there.until(lambda s: True), again=True))
        there.events.append("left")
        there.wire.close()
        await there.tick()
        steps += leaving(there.events)
    return steps


def trace() -> Trace:
    """The figure, from two runs."""
    scenes = (
        Scene("A slow reader", tuple(run(slow_reader()))),
        Scene("A reader that leaves", tuple(run(leaver()))),
    )
    return Trace(
        title="Backpressure",
        about=(
            "A client, a proxy and an upstream, and three buffers between them: in the kernel for"
            " the client, in the proxy, and in the kernel for the proxy. The client stops reading,"
            " the buffers fill one after another up to the upstream, and the upstream has to wait."
            " Then the client reads again, and everything flows. In a second scene the client"
            " leaves, and the proxy closes its connection to the upstream."
        ),
        actors=(
            Actor("client", "client", "client", 0),
            Actor("proxy", "proxy", "proxy", 1),
            Actor("upstream", "upstream", "upstream", 2),
        ),
        links=LINKS,
        gauges=GAUGES,
        scenes=scenes,
        telling=(0, 5),
    )


if __name__ == "__main__":
    sys.stdout.write(dumps(trace()))
