"""The client: one GET, and what it saw of the answer."""

import asyncio
from dataclasses import dataclass

PATIENCE = 10.0
"""Seconds that a client waits for the whole of an answer."""

SLOW_TRIES = 20
"""Slow answers that are begun until one is by the right upstream."""

AT_ONCE = 0.5
"""Seconds until the head of a slow answer is there."""

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request. Times are in seconds of the loop's clock."""

    meant: float
    """When it was meant to begin: whoever makes it begin late does not look faster for it."""
    ended: float
    who: str = ""
    """The name of the upstream that answered; none when nobody did."""
    error: str = ""
    """What went wrong, in a word: a status, or refused, reset, nothing, cut, timeout."""


class Failed(Exception):
    """No good answer; the text says in a word what there was."""


class Client:
    """Makes requests to one port, over connections of their own or over some that are kept."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[Connection] = []
        self.reopened = 0
        """Kept connections that were closed when their next request came; it went over a new one.

        A server may close an idle connection at any time, and clients have to be ready for it
        (RFC 9112, section 9.5). No error, as long as the second one is answered.
        """

    async def get(self, path: str, meant: float, *, is_kept: bool) -> Answer:
        """Asks; never raises for what the other side does."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(PATIENCE):
                who = await (self._over_kept(path) if is_kept else self._over_new(path))
        except TimeoutError:
            return Answer(meant, loop.time(), error="timeout")
        except Failed as failed:
            return Answer(meant, loop.time(), error=str(failed))
        return Answer(meant, loop.time(), who)

    async def aclose(self) -> None:
        """Closes the connections that are kept."""
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

    async def _over_new(self, path: str) -> str:
        connection = await self._opened()
        try:
            return (await exchange(connection, path, is_kept=False))[0]
        finally:
            connection[1].close()

    async def _over_kept(self, path: str) -> str:
        while self._idle:
            connection = self._idle.pop()
            try:
                return await self._again(connection, path)
            except Failed as failed:
                if str(failed) not in ("nothing", "reset"):
                    raise
                self.reopened += 1
        return await self._again(await self._opened(), path)

    async def _again(self, connection: Connection, path: str) -> str:
        """Asks over a connection, and keeps it if it can be used once more."""
        is_open = False
        try:
            who, is_open = await exchange(connection, path, is_kept=True)
            return who
        finally:
            if is_open:
                self._idle.append(connection)
            else:
                connection[1].close()

    async def _opened(self) -> Connection:
        try:
            return await asyncio.open_connection("127.0.0.1", self._port)
        except OSError as error:
            raise Failed("refused") from error


async def exchange(connection: Connection, path: str, *, is_kept: bool) -> tuple[str, bool]:
    """Asks; returns who answered, and whether the connection can be used again. Raises Failed."""
    reader, writer = connection
    close = "" if is_kept else "Connection: close\r\n"
    head = b""
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{close}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        fields = parse(head)
        await reader.readexactly(int(fields["content-length"]))
    except asyncio.IncompleteReadError as error:
        raise Failed("cut" if head or error.partial else "nothing") from error
    except ConnectionError as error:
        raise Failed("cut" if head else "reset") from error
    return fields["x-upstream"], is_kept and fields.get("connection", "").lower() != "close"


def parse(head: bytes) -> dict[str, str]:
    """The fields of a 200, by their names in small letters. Raises Failed for another status."""
    status, *lines = head.decode("latin-1").rstrip().split("\r\n")
    if (number := status.split(" ")[1]) != "200":
        raise Failed(number)
    pairs = (line.partition(":") for line in lines)
    return {name.lower(): value.strip() for name, _, value in pairs}


class SlowAnswer:
    """An answer that has begun, and takes a while."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    async def of(cls, name: str, port: int) -> "SlowAnswer":
        """One by the upstream of that name: others are given up. Raises Failed without luck.

        Its head has to come at once, and not when the answer is whole: it is to run at the drain.
        """
        for _ in range(SLOW_TRIES):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /slow HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            try:
                async with asyncio.timeout(AT_ONCE):
                    fields = parse(await reader.readuntil(b"\r\n\r\n"))
            except (ConnectionError, asyncio.IncompleteReadError, TimeoutError) as error:
                writer.close()
                raise Failed("the slow answer did not begin") from error
            if fields["x-upstream"] == name:
                return cls((reader, writer))
            writer.close()
        raise Failed(f"none of {SLOW_TRIES} slow answers was by {name}")

    async def finish(self) -> None:
        """Reads it to its end. Raises Failed when that does not come."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._connection[0].readuntil(b"0\r\n\r\n")
        except TimeoutError as error:
            raise Failed("timeout") from error
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            raise Failed("cut") from error

    def close(self) -> None:
        """Closes the connection."""
        self._connection[1].close()
