"""Listening: from an address to a socket, from a socket to a running proxy, until told to stop."""

import asyncio
import contextlib
import logging
import re
import signal
import socket
import sys
from collections.abc import Coroutine, Sequence
from typing import Protocol

from starlette.types import ASGIApp
from uvicorn.loops.auto import auto_loop_factory

from reverseproxy.errors import AnswerBroken, ConfigurationError
from reverseproxy.http.graceful import GracefulServer
from reverseproxy.settings import check_number
from reverseproxy.tls.listener import TlsListener
from reverseproxy.tls.sockets import TlsListeningSocket

logger = logging.getLogger(__name__)

GRACE = 30.0
"""Seconds that running requests have to finish after the stop."""

CUT_OFF = 4
"""The exit code when that was too short for some; 3 is uvicorn's, for a start that failed."""

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

Place = str | socket.socket | TlsListener
"""Where to listen: "address:port", ":port" for every IPv4 address, a socket that is bound already,
or one of these in a TlsListener."""


class Service(Protocol):
    """Whatever can be run."""

    def serve(
        self, *, listen: Place | Sequence[Place], grace: float
    ) -> Coroutine[object, object, None]:
        """Accepts connections until it is cancelled; `grace`: for how long, at most, it ends.

        If that was too short for some, its CancelledError has an argument: for how many.
        """


def run(
    proxy: Service, *, listen: Place | Sequence[Place] = "127.0.0.1:8080", grace: float = GRACE
) -> None:
    """Serves until SIGINT (Ctrl-C) or SIGTERM. Blocks; belongs into the main thread.

    After the first signal nobody new gets in, and what is running has `grace` seconds to end. If
    that is not enough, the rest is cut off, and the exit code is 4. A second signal ends at once.
    `listen` is "address:port", ":port" for every IPv4 address, a socket that is bound already, a
    TlsListener, or a list of them. Log records go to standard error unless logging is configured.

    Raises ConfigurationError when the address is none or cannot be had, or for such a grace.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            code = runner.run(until_signalled(proxy.serve(listen=listen, grace=grace)))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    if code:
        sys.exit(code)


async def until_signalled(serving: Coroutine[object, object, None]) -> int:
    """Awaits `serving`, cancels it at the first stop signal, and ends the program at the second.

    Returns the exit code: 0, or CUT_OFF if `serving` says with its end that something had to be.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def stop(number: int) -> None:
        if task is None or task.cancelling():
            raise SystemExit(128 + number)
        task.cancel()

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop, number)
    try:
        await serving
    except asyncio.CancelledError as stopped:
        return CUT_OFF if stopped.args else 0
    return 0


async def serve_http(app: ASGIApp, listen: Place | Sequence[Place], grace: float = GRACE) -> None:
    """Serves an ASGI application with uvicorn until cancelled; `listen` and `grace` as in `run`."""
    check_number("grace", grace, 0, 86_400)
    server = GracefulServer(
        app,
        grace,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        # The upstream's Date and Server are passed on; a second one would be a lie.
        date_header=False,
        server_header=False,
        # The client's address is not for the client to say.
        proxy_headers=False,
        timeout_keep_alive=75,
    )
    logging.getLogger("uvicorn.error").addFilter(is_unexplained)
    check_protocols(listen)
    socks = listeners(listen)
    for sock in socks:
        logger.info("listening on %s", format_address(sock))
    own = ours(socks, listen)
    await server.serve_on(own, [sock for sock in socks if sock not in own])


def is_unexplained(record: logging.LogRecord) -> bool:
    """Whether uvicorn's record says something new.

    Why an answer broke off has been logged, and a request that is cancelled at the stop is none.
    """
    known = (AnswerBroken, asyncio.CancelledError)
    return not (record.exc_info and isinstance(record.exc_info[1], known))


def places_of(listen: Place | Sequence[Place]) -> Sequence[Place]:
    """The places where to listen, whether it is one or a list of them."""
    return [listen] if isinstance(listen, Place) else listen


def listeners(listen: Place | Sequence[Place]) -> list[socket.socket]:
    """The sockets of all these places: where one cannot be had, the others are closed again.

    Raises ConfigurationError then, and when there is no place at all.
    """
    places = places_of(listen)
    if not places:
        raise ConfigurationError("listen", listen, "names no address")
    with contextlib.ExitStack() as had:
        socks = [had.enter_context(listener(place)) for place in places]
        had.pop_all()
    return socks


def check_protocols(listen: Place | Sequence[Place]) -> None:
    """Raises ConfigurationError where clients are offered another protocol than HTTP/1.1."""
    for place in places_of(listen):
        if isinstance(place, TlsListener) and set(place.certificates.alpn) - {"http/1.1"}:
            allowed = 'is ("http/1.1",) or nothing: no other HTTP is spoken'
            raise ConfigurationError("alpn", place.certificates.alpn, allowed)


def ours(socks: Sequence[socket.socket], listen: Place | Sequence[Place]) -> list[socket.socket]:
    """Those of the sockets that nobody else has, for they were made here."""
    return [sock for sock, place in zip(socks, places_of(listen), strict=True) if is_written(place)]


def is_written(place: Place) -> bool:
    """Whether it is an address, and not somebody's socket."""
    return isinstance(place.place if isinstance(place, TlsListener) else place, str)


def listener(listen: Place) -> socket.socket:
    """The socket to accept connections on. Raises ConfigurationError when it cannot be had."""
    if isinstance(listen, socket.socket):
        return listen
    if isinstance(listen, TlsListener):
        return TlsListeningSocket(listener(listen.place), listen.certificates)
    host, port = parse_listen(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigurationError("listen", listen, f"cannot be had: {error.strerror}") from error


def parse_listen(listen: str) -> tuple[str, int]:
    """Address and port of "127.0.0.1:8080", "[::1]:8080" or ":8080" (every IPv4 address)."""
    parts = re.fullmatch(r"\[?([^\[\]\s\0]*)\]?:([0-9]{1,5})", str(listen))
    if not parts or int(parts[2]) > 65535:
        raise ConfigurationError("listen", listen, 'is written like "127.0.0.1:8080" or ":8080"')
    return parts[1] or "0.0.0.0", int(parts[2])


def format_address(sock: socket.socket) -> str:
    """Where a listening socket is reached, as a URL."""
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return f"unix:{sock.getsockname()}"
    scheme = "https" if isinstance(sock, TlsListeningSocket) else "http"
    host, port = sock.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
