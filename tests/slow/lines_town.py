"""Upstreams for lines with faults, which know what they have read, and on which connection."""

import asyncio
import contextlib
import random
import socket
import ssl
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

from reverseproxy.tls.sockets import TlsSocket
from tests.chapter_19.line_upstream import Connection, LineUpstream

KINDS = ("reset", "close", "reset one", "close one", "stop", "start", "pause", "resume")
"""Faults, and what ends them."""

MUTE = ("mute", "speak")
"""More, where upstreams acknowledge."""

ORDER = count()


class SecureEnd(TlsSocket):
    """An upstream's end of a connection over TLS."""

    def recv(self, size: int, flags: int = 0) -> bytes:
        """What has come. Raises BlockingIOError, also as long as hands are shaken."""
        try:
            self.do_handshake()
        except ssl.SSLWantReadError as error:
            raise BlockingIOError from error
        room = bytearray(size)
        return bytes(room[: self.recv_into(room)])


class Stretch(Connection):
    """A connection, one of many that lines went on."""

    def __init__(self, upstream: LineUpstream, sock: socket.socket) -> None:
        super().__init__(upstream, sock)
        self.number = next(ORDER)
        self.had_trouble = False
        """Whether it ended in any other way than that the proxy left."""

    def read(self) -> None:
        """Takes what is there."""
        try:
            data = self.sock.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            self.had_trouble, data = True, b""
        if not data:
            super().close()
            return
        *lines, self.rest = (self.rest + data).split(b"\n")
        self.lines += lines
        self.upstream.took(self, lines)

    def say(self, words: bytes) -> None:
        """Says something. An error is told only once, and to whoever does something first."""
        try:
            self.sock.send(words)
        except OSError:
            self.had_trouble = True

    def close(self, *, reset: bool = False) -> None:
        """Ends it: a fault."""
        self.had_trouble = True
        super().close(reset=reset)


class Town(LineUpstream):
    """An upstream that has whatever fault the dice say."""

    def __init__(self, *, acknowledges: bool, context: ssl.SSLContext | None) -> None:
        self._context = context
        super().__init__(acknowledges=acknowledges)

    @property
    def url(self) -> str:
        """Where it is."""
        return super().url.replace("tcp", "tls" if self._context else "tcp")

    @property
    def stretches(self) -> list[Stretch]:
        """All connections that it has had."""
        return [each for each in self.connections if isinstance(each, Stretch)]

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            sock, _ = self._sock.accept()
            if self._context:
                sock = SecureEnd(sock, self._context)
            stretch = Stretch(self, sock)
            self.connections.append(stretch)
            if self.reads:
                stretch.resume()

    def suffer(self, kind: str, dice: random.Random) -> bool:
        """A fault: whether it made any difference."""
        before = (self.is_up, self.reads, self.acknowledges, len(self.open))
        match kind:
            case "reset" | "close":
                self.kill(reset=kind == "reset")
            case "reset one" | "close one" if self.open:
                dice.choice(self.open).close(reset=kind == "reset one")
            case "stop":
                self.stop()
            case "start" if not self.is_up:
                self.start()
            case "pause" | "resume":
                self.read(reads=kind == "resume")
            case "mute" | "speak":
                self.speak(speaks=kind == "speak")
        return before != (self.is_up, self.reads, self.acknowledges, len(self.open))

    def speak(self, *, speaks: bool) -> None:
        """Acknowledges what it reads, also what it has read before; or it does not."""
        self.acknowledges = speaks
        for each in self.open if speaks else []:
            each.say(b"ACK %d\n" % len(each.lines))

    def recover(self, *, acknowledges: bool) -> None:
        """Has no fault from now on."""
        if not self.is_up:
            self.start()
        self.read(reads=True)
        if acknowledges:
            self.speak(speaks=True)


@contextlib.contextmanager
def towns(number: int, **how: Any) -> Iterator[list[Town]]:
    """Some of them."""
    made = [Town(**how) for _ in range(number)]
    try:
        yield made
    finally:
        for each in made:
            each.close()


async def trouble(
    dice: random.Random, them: list[Town], kinds: tuple[str, ...], seen: Counter[str]
) -> None:
    """One fault after another, without an end; `seen` counts those that made a difference."""
    while True:
        await asyncio.sleep(dice.expovariate(1 / 0.004))
        kind = dice.choice(kinds)
        if dice.choice(them).suffer(kind, dice):
            seen[kind] += 1
