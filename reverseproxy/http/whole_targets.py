"""uvicorn's HTTP protocol, made to keep what it reads over: the whole of a request target."""

import re

from starlette.types import Scope

from reverseproxy.http.client_connection import ClientConnection

EXTENSION = "reverseproxy.target"

# What may stand before the path, and what ends it.
TARGET = re.compile(rb"([a-z][a-z0-9+.-]*://[^/?#]*)?([^?#]*)(.*)", re.IGNORECASE | re.DOTALL)


class WholeTargets(ClientConnection):
    """Puts the request target into the scope as it came, in an extension of ours.

    ASGI has a path and a query. The site in `GET http://fid.dev/foo`, what is behind `#`, a `?`
    with nothing behind it and the whole of `CONNECT fid.dev:443` have no place in them.
    """

    def on_headers_complete(self) -> None:
        """The head is there: the target is put aside, and uvicorn gets a path that it can read."""
        self.scope["extensions"] = {EXTENSION: {"raw": self.url}}
        _, path, rest = split_target(self.url)
        self.url = (path if path.startswith((b"/", b"*")) else b"/" + path) + rest
        super().on_headers_complete()


def split_target(target: bytes) -> tuple[bytes, bytes, bytes]:
    """A target in three: scheme and site, path, and what follows the path."""
    site, path, rest = TARGET.findall(target)[0]
    return site, path, rest


def whole_target(scope: Scope) -> bytes | None:
    """The target as it came; None when the server is not ours, and has not told."""
    raw = (scope.get("extensions") or {}).get(EXTENSION, {}).get("raw")
    return raw if isinstance(raw, bytes) else None
