"""The program of our proxy: `python -m bench.compare.proxies.program PORT URL URL URL`.

Chapter 6 explains PassiveHealth, chapter 7 Retry, chapter 8 ActiveHealth; what is not given is as
it is by default. A line "drain URL" on its standard input drains an upstream.
"""

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable

import uvloop

from bench.compare.proxies.contender import CHECK, CONNECT, OUT, RETRIES, SILENCE
from reverseproxy import (
    ActiveHealth,
    ConfigurationError,
    HttpProbe,
    PassiveHealth,
    Retry,
    ReverseProxy,
    Timeouts,
)


def drained(target: object, url: str) -> str:
    """Drains an upstream, and says how that went."""
    set_state = getattr(target, "set_state", None)
    if set_state is None:
        return "there is none yet"
    try:
        set_state(url, "drain")
    except ConfigurationError as error:
        return str(error)
    return "done"


async def obey(target: object) -> None:
    """Does what comes on standard input, to its end."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        word, _, url = line.decode().strip().partition(" ")
        if word == "drain":
            sys.stdout.write(f"drain: {drained(target, url)}\n")
            sys.stdout.flush()


async def serve(port: int, urls: list[str]) -> None:
    """Serves until it is told to end."""
    proxy = ReverseProxy(timeouts=Timeouts(connect=CONNECT, read=SILENCE))
    add_target: Callable[..., object] = proxy.add_target  # before chapter 13 it returns nothing
    target = add_target(
        urls,
        health=[
            PassiveHealth(ejection=OUT),
            ActiveHealth(HttpProbe("/healthz"), interval=CHECK, timeout=CHECK),
        ],
        retry=Retry(limit=RETRIES),
    )
    commands = asyncio.ensure_future(obey(target))
    try:
        await proxy.serve(listen=f"127.0.0.1:{port}")
    finally:
        commands.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await commands


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2:]))
