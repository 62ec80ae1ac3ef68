"""Chapter 13: two upstreams, and a second port to say which of them is to leave."""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from reverseproxy import ActiveHealth, ConfigurationError, HttpProbe, ReverseProxy, run
from reverseproxy.server import serve_http

proxy = ReverseProxy()
target = proxy.add_target(
    ["http://127.0.0.1:8001", "http://127.0.0.1:8002"],
    health=[ActiveHealth(HttpProbe(), interval=1)],
)


async def set_state(request: Request) -> Response:
    """PUT /drain?url=http://127.0.0.1:8001"""
    url = request.query_params.get("url")
    if url is None:
        return PlainTextResponse("url: is missing, as in /drain?url=http://127.0.0.1:8001\n", 400)
    try:
        upstream = target.set_state(url, request.path_params["state"])
    except ConfigurationError as error:
        return PlainTextResponse(f"{error}\n", 400)
    return PlainTextResponse(f"{upstream}: {upstream.facts.admin.value}\n")


control = Starlette(routes=[Route("/{state}", set_state, methods=["PUT"])])


class WithControl:
    """The proxy on every port but 8081, and the control there."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface, version 3."""
        is_control = scope["type"] == "http" and scope["server"][1] == 8081
        await (control if is_control else proxy)(scope, receive, send)

    async def serve(self, **settings: Any) -> None:
        """Serves until cancelled."""
        await serve_http(self, **settings)


if __name__ == "__main__":
    run(WithControl(), listen=["127.0.0.1:8080", "127.0.0.1:8081"])
