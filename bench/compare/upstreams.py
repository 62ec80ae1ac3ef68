"""The upstreams of one story: three programs that can be killed, started again and stopped."""

import contextlib
import signal
import socket
import sys
from collections.abc import AsyncIterator

from bench.compare.processes import Broken, Running, running

NAMES = ("a", "b", "c")


class Upstream:
    """One upstream. Its port stays its own while its program is dead."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._sock = socket.socket()
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._sock.bind(("127.0.0.1", 0))  # it does not listen: whoever connects is refused
        self.port: int = self._sock.getsockname()[1]
        self._program: Running | None = None
        self._stack = contextlib.AsyncExitStack()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Starts the program; returns when it listens."""
        command = [sys.executable, "-m", "bench.compare.upstream", self.name, str(self.port)]
        self._program = await self._stack.enter_async_context(
            running(f"upstream {self.name}", command)
        )
        await self._program.ask("", "listening")

    def signal(self, number: signal.Signals) -> None:
        """Kills the program, stops it, or lets it go on."""
        if self._program is None:
            raise Broken(f"upstream {self.name} does not run")
        self._program.signal(number)

    async def aclose(self) -> None:
        """Ends the program, also when it is stopped, and gives the port back."""
        with contextlib.suppress(Broken):
            self.signal(signal.SIGKILL)
        await self._stack.aclose()
        self.release()

    def release(self) -> None:
        """Gives the port back."""
        self._sock.close()


@contextlib.asynccontextmanager
async def three() -> AsyncIterator[list[Upstream]]:
    """Three upstreams that run, until the end of the block."""
    async with contextlib.AsyncExitStack() as stack:
        all_ = [Upstream(name) for name in NAMES]
        for upstream in all_:
            stack.push_async_callback(upstream.aclose)
        for upstream in all_:
            await upstream.start()
        yield all_
