"""A worker in virtual time, among upstreams that are there or not, as a test says."""

import asyncio
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from reverseproxy.errors import ConnectFailed, ExchangeError, UpstreamError
from reverseproxy.lines.worker import Pauses, Worker
from reverseproxy.policies.policy import Policy
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream
from tests.chapter_08.leaping import leap

NAMES = ("rose", "thorn", "bud")
MOST = 1000
"""Tries after which it is clear that they never end."""

AT_ONCE = 20
"""Tries in one and the same moment after which that is clear."""

Note = tuple[float, str]


def name_of(upstream: Upstream | str) -> str:
    """That of an upstream, or of its URL."""
    return str(upstream).partition("://")[2].partition(".")[0]


@dataclass
class Town:
    """Dials, and makes connections, and notes when."""

    gone: Mapping[str, float] = field(default_factory=dict)
    """Who is not there, and until when."""
    policy: Policy | str = "round-robin"
    names: tuple[str, ...] = NAMES
    idle: bool = False
    """Whether there are no lines that could be delivered."""
    useless: Mapping[str, float] = field(default_factory=dict)
    """Who hangs up at once, and until when."""
    ends: Mapping[str, float] = field(default_factory=dict)
    """After how long a connection ends in good order."""
    dialing: float = 0.0
    """Seconds that a try takes."""
    leaving: float = 0.0
    """Seconds from when a connection is to leave until it has ended."""
    asked: list[Note] = field(default_factory=list)
    used: list[Note] = field(default_factory=list)
    left: list[Note] = field(default_factory=list)
    ended: list[Note] = field(default_factory=list)
    """Connections that were ended, or have ended."""

    def __post_init__(self) -> None:
        urls = [f"tcp://{name}.test:1" for name in self.names]
        self.target = Target(
            urls, policy=self.policy, health=(), clock=lambda: asyncio.get_running_loop().time()
        )
        self._socks: dict[int, str] = {}

    def worker(self, home: str = "rose", failback: float = 300.0) -> Worker:
        """One whose home that is."""
        pauses = Pauses(2.0, 30.0, failback)
        upstream = self.target.upstreams[self.names.index(home)]
        return Worker(upstream, self.target, self, self._opened, pauses)  # type: ignore[arg-type]  # looks like them

    def lives(self, seconds: float, home: str = "rose", failback: float = 300.0) -> "Town":
        """Has a worker work for so long; fails when it ends before that."""

        async def main() -> None:
            try:
                async with asyncio.timeout(seconds):
                    await self.worker(home, failback).run()
            except TimeoutError:
                return
            except asyncio.CancelledError:
                pytest.fail("what the worker waits for was cancelled, and nobody else did that")
            except asyncio.InvalidStateError:
                pytest.fail("a worker waits until its connection is over, and this one went on")
            pytest.fail("a worker works until it is cancelled, and this one has ended")

        leap(main())
        return self

    async def dial(self, upstream: Upstream, first: bytes = b"") -> socket.socket:
        """As a Dialer does it."""
        name = name_of(upstream)
        self.asked.append((self._now(), name))
        if len(self.asked) > MOST:
            pytest.fail(f"upstreams were asked {MOST} times: {self.asked[:8]} and so on")
        if self.asked[-AT_ONCE:][0][0] == self._now() and len(self.asked) >= AT_ONCE:
            if self.about(self.asked[-AT_ONCE:]) == [name] * AT_ONCE:
                pytest.fail(
                    f"{name} was asked {AT_ONCE} times in one moment, and no end: each has one "
                    f"try, and when the connection is over nobody looks if home is back"
                )
            pytest.fail(
                f"three upstreams, {AT_ONCE} tries in one moment, and no end: {self.asked[-4:]}; "
                f"each has one try"
            )
        await asyncio.sleep(self.dialing)
        if self._now() < self.gone.get(name, 0.0):
            raise ConnectFailed(f"{name} is gone")
        sock = socket.socket()
        self._socks[sock.fileno()] = name
        return sock

    def _opened(self, sock: socket.socket) -> "Line":
        return Line(self, sock, self._socks[sock.fileno()])

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def about(self, notes: list[Note], since: float = 0.0, until: float = 1e9) -> list[str]:
        """Whom they are about, in that time."""
        return [name for when, name in notes if since <= when <= until]

    def times(self, notes: list[Note], name: str) -> list[float]:
        """When they were about that one."""
        return [when for when, about in notes if about == name]

    @property
    def in_flight(self) -> list[int]:
        """Leases of each upstream that have not ended."""
        return [each.in_flight for each in self.target.upstreams]


class Line:
    """A connection that does what the town says, and looks like a LineConnection."""

    def __init__(self, town: Town, sock: socket.socket, name: str) -> None:
        self.town, self.sock, self.name = town, sock, name
        self.is_over = self.is_leaving = False
        self.hangs_up = town._now() < town.useless.get(name, 0.0)
        self.has_delivered = not self.hangs_up and not town.idle

    def start(self, over: Callable[[UpstreamError | None], object]) -> None:
        """Begins."""
        self._over = over
        self.town.used.append((self.town._now(), self.name))
        if self.hangs_up:
            self.end()
        elif self.name in self.town.ends:
            asyncio.get_running_loop().call_later(self.town.ends[self.name], self.end)

    def leave(self) -> None:
        """Has it end soon."""
        self.town.left.append((self.town._now(), self.name))
        self.is_leaving = True
        asyncio.get_running_loop().call_later(self.town.leaving, self.end)

    def end(self, error: UpstreamError | None = None) -> None:
        """It is over."""
        if self.is_over:
            return
        self.is_over = True
        self.town.ended.append((self.town._now(), self.name))
        self.sock.close()
        self._over(error)


async def dialed(worker: Worker) -> str | ExchangeError:
    """With whom there is a connection now, which is closed again; or why there is none."""
    try:
        lease, sock = await worker._dial()
    except ExchangeError as error:
        return error
    sock.close()
    lease.__exit__(None, None, None)
    return name_of(lease.upstream)
