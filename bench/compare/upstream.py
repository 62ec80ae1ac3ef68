"""The program of an upstream: `python -m bench.compare.upstream NAME PORT`.

It says who it is in X-Upstream. /healthz is well, /slow takes three seconds from its first byte to
its last, and everything else is answered after WORK seconds.
"""

import asyncio
import contextlib
import socket
import sys

WORK = 0.02
PIECES = 12
PAUSE = 0.25

HEAD = "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nX-Upstream: {}\r\n\r\n"

# Caddy passes an answer on at once when its length is not known, and nginx when it is told so:
# https://caddyserver.com/docs/caddyfile/directives/reverse_proxy#streaming
# https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering
SLOW = (
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Upstream: {}\r\n"
    "X-Accel-Buffering: no\r\n\r\n"
)


async def answer(name: str, path: bytes, writer: asyncio.StreamWriter) -> None:
    """Answers one request."""
    if path == b"/slow":
        writer.write(SLOW.format(name).encode())
        for _ in range(PIECES):
            await writer.drain()
            await asyncio.sleep(PAUSE)
            writer.write(b"1\r\n.\r\n")
        writer.write(b"0\r\n\r\n")
        return
    if path != b"/healthz":
        await asyncio.sleep(WORK)
    writer.write((HEAD.format(len(name), name) + name).encode())


async def talk(name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers what comes over one connection, one request after another."""
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while head := await reader.readuntil(b"\r\n\r\n"):
            await answer(name, head.split(b" ")[1], writer)
            await writer.drain()
            if b"connection: close" in head.lower():
                break
    writer.close()


async def serve(name: str, port: int) -> None:
    """Listens, says so, and answers until it is killed."""
    sock = socket.socket()
    # The port is held by whoever started this one, so that nobody takes it while this is dead.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind(("127.0.0.1", port))
    server = await asyncio.start_server(lambda r, w: talk(name, r, w), sock=sock, backlog=1024)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
