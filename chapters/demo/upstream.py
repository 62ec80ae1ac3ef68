"""A demo upstream: a small site that tells its name and what it heard.

    python -m chapters.demo.upstream rose

Writes its port to standard output, and serves until its standard input ends: so it goes when the
program that started it goes, however that happens.
"""

from __future__ import annotations

import asyncio
import socket
import sys

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from reverseproxy.server import serve_http

LONGEST = 120.0
"""Seconds that /slow can be asked to take."""


def application(name: str) -> Starlette:
    """The site of the upstream called `name`."""

    async def hello(request: Request) -> Response:
        return PlainTextResponse(f"This is {name}. You asked for {request.url.path}\n")

    async def health(request: Request) -> Response:
        return PlainTextResponse("well\n")

    async def heard(request: Request) -> Response:
        return JSONResponse({"upstream": name, "heard": request.headers.items()})

    async def cookies(request: Request) -> Response:
        response = PlainTextResponse(f"Two cookies from {name}.\n")
        response.set_cookie("flower", name)
        response.set_cookie("season", "spring")
        return response

    async def slow(request: Request) -> Response:
        await asyncio.sleep(seconds(request.query_params.get("seconds", "2")))
        return PlainTextResponse(f"{name} took its time.\n")

    async def moved(request: Request) -> Response:
        return RedirectResponse("heard", status_code=302)

    async def big(request: Request) -> Response:
        return PlainTextResponse(f"{name}\n" * 20_000)

    pages = (health, heard, cookies, slow, moved, big)
    routes = [Route(f"/{page.__name__}", page) for page in pages]
    anything = Route("/{path:path}", hello, methods=["GET", "POST", "PUT", "DELETE"])
    return Starlette(routes=[*routes, anything], middleware=[Middleware(GZipMiddleware)])


def seconds(text: str) -> float:
    """How long /slow takes: what was asked for, from 0 to LONGEST; 2 for what is no number."""
    try:
        return min(max(float(text), 0.0), LONGEST)
    except ValueError:
        return 2.0


async def serve(name: str) -> None:
    """Serves until standard input ends."""
    sock = socket.create_server(("127.0.0.1", 0))
    print(sock.getsockname()[1], flush=True)  # noqa: T201 - the program that started us reads it
    serving = asyncio.ensure_future(serve_http(application(name), sock))
    await asyncio.to_thread(sys.stdin.buffer.read)
    serving.cancel()
    await asyncio.wait([serving])


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
