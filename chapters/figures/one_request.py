"""The figure of chapter 1: one request on its way through the proxy.

    python -m chapters.figures.one_request

Runs the package's own proxy between a client and an upstream, and prints what happened as a trace.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from unittest import mock

from chapters.figures.clock import run
from chapters.figures.files import dumps
from chapters.figures.one_request_told import ONE, TWO, Happening, steps_of
from chapters.figures.trace import Actor, Link, Scene, Token, Trace
from chapters.figures.wires import Wire, call, upstream
from reverseproxy import ReverseProxy, proxy
from reverseproxy.hop import end_to_end
from reverseproxy.message import Field

REQUEST = (
    b"GET /rose HTTP/1.1\r\n"
    b"Host: flowers.example\r\n"
    b"Accept: text/html\r\n"
    b"Cookie: basket=7\r\n"
    b"Connection: keep-alive\r\n"
    b"Keep-Alive: timeout=5\r\n"
    b"\r\n"
)
ANSWER = (
    b"HTTP/1.1 200 OK\r\n"
    b"Content-Type: text/html\r\n"
    b"Content-Length: 11\r\n"
    b"Set-Cookie: seen=rose\r\n"
    b"Connection: close\r\n"
    b"\r\n"
    b"Red it is.\n"
)


async def happenings(*, answers: bool) -> list[Happening]:
    """What happens to the request, in its order; `answers` says whether there is an upstream."""
    seen: list[Happening] = []

    def note(what: str, said: Iterable[str] = ()) -> None:
        seen.append(Happening(what, tuple(said)))

    def sifted(fields: Iterable[Field]) -> list[Field]:
        before = list(fields)
        kept = end_to_end(before)
        note("sifted", [name.decode() for name, _ in before if name not in dict(kept)])
        return kept

    async def accept(wire: Wire) -> None:
        note("asked", lines(await wire.there.read()))
        note("answered", lines(ANSWER))
        await wire.back.write(ANSWER)

    with (
        log_heard(lambda line: note("logged", [line])),
        mock.patch.object(proxy, "end_to_end", sifted),
        upstream(accept if answers else None, note),
    ):
        application = ReverseProxy()
        application.add_target("http://127.0.0.1:8001")
        wire, _ = call(application)
        note("said", lines(REQUEST))
        await wire.there.write(REQUEST)
        note("heard", lines(await whole(wire)))
    return seen


def lines(message: bytes) -> tuple[str, ...]:
    """A message as it is read: its head line by line, and then its body."""
    head, _, body = message.decode("ascii").partition("\r\n\r\n")
    return (*head.split("\r\n"), *body.splitlines())


async def whole(wire: Wire) -> bytes:
    """The answer with its body, which may come after the head."""
    answer = await wire.back.read()
    while not answer.endswith(b"\n") or answer.endswith(b"\r\n\r\n"):
        answer += await wire.back.read()
    return answer


class LogHeard(logging.Handler):
    """Hands every warning on as a line."""

    def __init__(self, told: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._told = told

    def emit(self, record: logging.LogRecord) -> None:
        """Hands on the words of a record."""
        self._told(f"{record.levelname} {record.getMessage()}")


@contextmanager
def log_heard(told: Callable[[str], None]) -> Iterator[None]:
    """While it lasts, `told` hears every warning of the package, and the terminal none."""
    logger, handler = logging.getLogger("reverseproxy"), LogHeard(told)
    logger.addHandler(handler)
    logger.propagate = False
    yield
    logger.propagate = True
    logger.removeHandler(handler)


def trace() -> Trace:
    """The figure, from two runs: one with an upstream, one without."""
    scenes = (
        Scene("The upstream answers", tuple(steps_of(run(happenings(answers=True))))),
        Scene("The upstream refuses", tuple(steps_of(run(happenings(answers=False))))),
    )
    return Trace(
        title="One request's way through the proxy",
        about=(
            "A client, a proxy and an upstream, with a connection between each two. The client's"
            " request reaches the proxy; the fields that speak of the connection fall away; the"
            " proxy says a request of its own to the upstream; the answer comes back in the same"
            " way. In a second scene the upstream refuses the connection, and the proxy answers"
            " 502 itself."
        ),
        actors=(
            Actor("client", "client", "client", 0),
            Actor("proxy", "proxy", "proxy", 1),
            Actor("upstream", "upstream", "upstream", 2),
        ),
        links=(
            Link(ONE, "connection 1", ("client", "proxy")),
            Link(TWO, "connection 2", ("proxy", "upstream")),
        ),
        gauges=(),
        scenes=scenes,
        telling=(0, asked_upstream(scenes[0])),
    )


def asked_upstream(scene: Scene) -> int:
    """The step in which the second request travels: both requests are there to be compared."""
    return next(
        number
        for number, step in enumerate(scene.steps)
        for beat in step.beats
        if any(isinstance(event, Token) and event.to == "upstream" for event in beat)
    )


if __name__ == "__main__":
    sys.stdout.write(dumps(trace()))
