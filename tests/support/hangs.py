"""Ends a checkpoint test that would run for ever, with words for the reader who waits."""

from __future__ import annotations

import asyncio
import functools
import inspect
import signal
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

import pytest

LIMIT = 10.0
"""Seconds that a checkpoint test may take. The slowest needs a tenth of that."""

GRACE = 2.0
"""Seconds more until an event loop that no longer turns is interrupted."""

FOR_EVER = "something waits, or loops, for ever"


def bound(item: pytest.Item, limit: float = LIMIT) -> None:
    """Makes `item` fail after `limit` seconds, if it is asynchronous; others stay as they are."""
    if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
        item.obj = bounded(item.obj, limit)


def bounded(test: Callable[..., Awaitable[None]], limit: float) -> Callable[..., Awaitable[None]]:
    @functools.wraps(test)
    async def run(*args: object, **fixtures: object) -> None:
        clock = asyncio.timeout(limit)
        try:
            async with clock:
                await test(*args, **fixtures)
        except TimeoutError:
            if not clock.expired():
                raise  # the code's own
            fail(limit)

    return run


@contextmanager
def interrupting(seconds: float) -> Generator[None, None, None]:
    """Interrupts what still runs after `seconds`: a loop without an await, a blocking read.

    Does nothing where there is no SIGALRM (Windows), and outside of the main thread.
    """
    if (
        not hasattr(signal, "setitimer")
        or threading.current_thread() is not threading.main_thread()
    ):
        yield
        return
    before = signal.signal(signal.SIGALRM, lambda *_: fail(seconds))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def fail(seconds: float) -> None:
    # What it raises is no Exception, so that no `except Exception` on the way swallows it.
    pytest.fail(f"still not finished after {seconds:g} seconds: {FOR_EVER}")
