"""Ready: waits until a socket can go on."""

import asyncio
import functools
import socket

from reverseproxy.tcp.poller import Poller


def finish(wait: asyncio.Future[None]) -> None:
    """Ends a wait, if nobody has before."""
    if not wait.done():
        wait.set_result(None)


async def readable(poller: Poller, sock: socket.socket) -> None:
    """Waits until there is something to read, or an end."""
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    poller.add_reader(sock.fileno(), functools.partial(finish, ready))
    try:
        await ready
    finally:
        poller.remove_reader(sock.fileno())


async def writable(poller: Poller, sock: socket.socket) -> None:
    """Waits until there is room to write, or an error."""
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    poller.add_writer(sock.fileno(), functools.partial(finish, ready))
    try:
        await ready
    finally:
        poller.remove_writer(sock.fileno())
