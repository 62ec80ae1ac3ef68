"""Step 3: who waits in the queue."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator

import pytest

from reverseproxy.http.accept_queue import waiting, welcome
from tests.support.loopback import PATIENCE
from tests.support.steps import step

CLIENTS = 20


@contextlib.contextmanager
def queue(clients: int) -> Iterator[tuple[socket.socket, list[socket.socket]]]:
    """A listening socket, and so many clients that the kernel has let in; each has said "n"."""
    with contextlib.ExitStack() as stack:
        sock = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
        them = [
            stack.enter_context(socket.create_connection(sock.getsockname()))
            for _ in range(clients)
        ]
        for each in them:
            each.settimeout(PATIENCE / 5)
            each.sendall(b"n")
        sock.settimeout(PATIENCE / 5)  # whoever waits for one more does not wait for ever
        yield sock, them


@step(3)
def test_all_who_wait_are_taken_in_their_order() -> None:
    """20 have connected while the program did something else: `waiting` returns 20 connections.

    Why: for the kernel they are connected, and for the clients too. The program has not heard of
    them, and a close throws them out.
    Read: Step 3, "Who waits in the queue".
    """
    with queue(CLIENTS) as (sock, them):
        taken = waiting(sock)
        try:
            assert len(taken) == CLIENTS, f"{CLIENTS} were in the queue, and {len(taken)} taken"
            ports = [each.getpeername()[1] for each in taken]
            assert ports == [each.getsockname()[1] for each in them], "who came first is not first"
            sock.close()
            assert {each.recv(1) for each in taken} == {b"n"}, "what they had said is lost"
        finally:
            for each in taken:
                each.close()


@step(3)
def test_an_empty_queue_is_no_reason_to_wait() -> None:
    """Nobody is there: an empty list, at once, also from a socket that would block.

    Why: most stops come when nobody is in the queue, and `accept` waits for the next client.
    Read: Step 3, "Who waits in the queue".
    """
    with queue(0) as (sock, _):
        loop_free = waiting_or_fail(sock)
    assert loop_free == []


def waiting_or_fail(sock: socket.socket) -> list[socket.socket]:
    """What `waiting` returns, unless it waits."""
    try:
        return waiting(sock)
    except (TimeoutError, BlockingIOError) as error:
        pytest.fail(f"the queue was empty, and waiting raised {error!r}")
    finally:
        if sock.gettimeout() != 0.0:
            pytest.fail("an accept on this socket waits: make it non-blocking first")


@step(3)
def test_a_socket_that_does_not_listen_has_no_queue() -> None:
    """It is bound and no more, so `accept` raises: an empty list.

    Why: a stop may come before the start was over, and is not to fail on that.
    Read: Step 3, "Who waits in the queue".
    """
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        try:
            assert waiting(sock) == []
        except OSError as error:
            pytest.fail(f"a socket did not listen, and waiting raised {error!r}")


class Aborted(socket.socket):
    """A listening socket, and the first in its queue have left: so some systems say it."""

    left = 2

    def accept(self) -> tuple[socket.socket, object]:
        """Takes one."""
        if self.left:
            self.left -= 1
            raise ConnectionAbortedError(103, "Software caused connection abort")
        return super().accept()


@step(3)
def test_one_that_has_left_hides_nobody() -> None:
    """The first two in the queue are gone again: those behind them are taken.

    Why: `accept` says so with an error (ECONNABORTED), and it says nothing of the others.
    Read: Step 3, "Who waits in the queue".
    """
    with queue(3) as (sock, _), Aborted(fileno=sock.detach()) as listener:
        try:
            taken = waiting(listener)
        except ConnectionAbortedError:
            pytest.fail("one client had left, and waiting raised that")
        assert len(taken) == 3, f"two had left, three were behind them, and {len(taken)} taken"
        for each in taken:
            each.close()


class Full(socket.socket):
    """A listening socket of a program that may have two more open files."""

    free = 2

    def accept(self) -> tuple[socket.socket, object]:
        """Takes one."""
        if not self.free:
            raise OSError(errno.EMFILE, "Too many open files")
        self.free -= 1
        return super().accept()


@step(3)
def test_an_error_in_the_middle_costs_nobody_who_was_taken() -> None:
    """Three are in the queue; behind the second, `accept` raises (EMFILE): two are returned.

    Why: they are ours already. Who is taken and not returned is reset.
    Read: Step 3, "Who waits in the queue".
    """
    with queue(3) as (sock, _), Full(fileno=sock.detach()) as listener:
        try:
            taken = waiting(listener)
        except OSError as error:
            pytest.fail(f"two were taken, and waiting raised {error!r}")
        assert len(taken) == 2, f"two were taken before an error, and {len(taken)} returned"
        for each in taken:
            each.close()


class Polite(asyncio.Protocol):
    """Answers each byte with a bow."""

    _transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins."""
        assert isinstance(transport, asyncio.Transport)
        assert self._transport is None, "it has a connection already"
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Bows."""
        assert self._transport is not None
        self._transport.write(b"bow")
        self._transport.close()


@step(3)
async def test_each_of_them_has_a_protocol() -> None:
    """The connections that were taken are served like any other: each has its own protocol.

    Why: taken and not served is worse than not taken: that client waits for ever.
    Read: Step 3, "Who waits in the queue".
    """
    with queue(3) as (sock, them):
        taken = waiting(sock)
        made: list[Polite] = []

        def polite() -> Polite:
            made.append(Polite())
            return made[-1]

        await welcome(taken, polite)
        assert len(made) == 3, f"three connections share {len(made)} protocols"
        loop = asyncio.get_running_loop()
        for each in them:
            each.setblocking(False)
            try:
                async with asyncio.timeout(PATIENCE / 5):
                    assert await loop.sock_recv(each, 9) == b"bow"
            except TimeoutError:
                pytest.fail("a connection was taken, and nobody serves it")


@step(3)
async def test_one_that_cannot_be_served_costs_no_other() -> None:
    """The first of three cannot be given a protocol (OSError): it is closed, and two are served.

    Why: the queue is a row of strangers. What is wrong with one is nobody else's fault.
    Read: Step 3, "Who waits in the queue".
    """
    with queue(3) as (sock, them):
        taken = waiting(sock)
        results = iter([OSError("it is gone"), None, None])

        def polite() -> Polite:
            if error := next(results):
                raise error
            return Polite()

        try:
            await welcome(taken, polite)
        except (OSError, ValueError) as error:
            pytest.fail(f"one connection was broken, and welcome raised {error!r}")
        loop = asyncio.get_running_loop()
        for each in them[1:]:
            each.setblocking(False)
            async with asyncio.timeout(PATIENCE / 5):
                assert await loop.sock_recv(each, 9) == b"bow"
        assert taken[0].fileno() == -1, "one cannot be served, and its connection was left open"
