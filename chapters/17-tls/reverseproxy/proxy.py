"""ReverseProxy: the application that stands between clients and upstreams."""

import contextlib
import logging
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from typing import Self

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from reverseproxy.errors import (
    AnswerBroken,
    ClientGone,
    ExchangeError,
    ForwardingError,
    NoUpstreamAvailable,
    RequestRefused,
)
from reverseproxy.forwarded import TrustedProxies
from reverseproxy.forwarding import Forwarder
from reverseproxy.health import Health
from reverseproxy.health.passive import PassiveHealth
from reverseproxy.hop import Hop, check_request
from reverseproxy.http.answer import body_message, deliver, pass_on
from reverseproxy.http.asgi import lifespan, refuse_websocket, request_head, request_target
from reverseproxy.http.incoming import Incoming, may_have_body
from reverseproxy.http.outgoing import HTTP, UpstreamClient, UpstreamResponse
from reverseproxy.http.own_answers import answer_here
from reverseproxy.message import RequestHead
from reverseproxy.mux import Match, Mux
from reverseproxy.origin import bad_url
from reverseproxy.policies.keyed import Keyed
from reverseproxy.policies.policy import Policy
from reverseproxy.probes.prober import Prober
from reverseproxy.retry import Retry
from reverseproxy.rule import Rule
from reverseproxy.server import GRACE, Place, serve_http
from reverseproxy.services import Background
from reverseproxy.settings import check_number
from reverseproxy.target import Target
from reverseproxy.timeouts import Timeouts
from reverseproxy.tls.contexts import prepare
from reverseproxy.upstream_tls import UpstreamTls

logger = logging.getLogger(__name__)


class ReverseProxy:
    """An ASGI application that answers each request with what its target answers.

    Run it with `run`, await `serve` inside a program of your own, or mount it in another
    application. There, close it with `async with proxy:` or `aclose()`: servers tell only the
    outermost application when they stop. And wrap it in no BaseHTTPMiddleware of Starlette's, which
    gives half an answer a good end.
    """

    def __init__(
        self,
        *,
        timeouts: Timeouts | None = None,
        trusted_proxies: Iterable[str] = (),
        via: str | None = "reverseproxy",
        normalise_paths: bool = False,
        max_probe_rate: float = 500.0,
    ) -> None:
        """Arguments are settings for all targets.

        trusted_proxies: addresses, CIDRs or "unix": the proxies whose X-Forwarded-For is believed.
        via: the name that requests carry on in Via; None writes no Via.
        normalise_paths: dot segments in a path are carried out, and not refused.
        max_probe_rate: probes of active health a second, for all targets together.

        Raises ConfigurationError for a network or a name that is none.
        """
        trusted = TrustedProxies.parse(trusted_proxies)
        self._hop = Hop(trusted=trusted, via=via, normalise_paths=normalise_paths)
        self._mux = Mux()
        check_number("max_probe_rate", max_probe_rate, 0.1, 100_000)
        self._prober = Prober(max_rate=max_probe_rate)
        self._background = Background()
        timeouts = timeouts or Timeouts()
        self._client = UpstreamClient(timeouts)
        self._forwarder = Forwarder(self._client, self._hop, timeouts.total)
        self._patience = timeouts.read

    def add_target(
        self,
        urls: str | Iterable[str] | Mapping[str, int],
        /,
        *,
        host: str | None = None,
        port: int | None = None,
        path: str | None = None,
        exact_path: str | None = None,
        methods: Collection[str] = (),
        headers: Mapping[str, str | None] | None = None,
        preserve_host: bool = True,
        policy: Policy | Keyed | str = "round-robin",
        key: str | None = None,
        health: Iterable[Health] = (PassiveHealth(),),
        retry: Retry | None = Retry(),  # noqa: B008 - it is frozen
        tls: UpstreamTls | None = None,
    ) -> Target:
        """Sends matching requests to the upstream at a URL, like "http://localhost:8000".

        With several URLs the upstreams take turns, and {url: weight} gives some a larger share;
        `policy` chooses in another way, by name or as an object, and `key` is what a keyed one goes
        by (`Key.parse`). The path and query of a URL, if any, come before those of each request. An
        upstream hears the Host that the client asked for, or its own when `preserve_host` is False.
        `health` says how to find out who should have no requests, and `retry` when another upstream
        gets a try. `tls` says how https:// upstreams are spoken with.

        Returns the target, for `Target.set_state`.

        What is not given is not asked for: without any, every request matches. `Rule.parse` says
        what each can be, and `Mux` which of several matching targets gets the request. A path rule
        keeps nobody out: upstreams may read /admin in //admin or in /admin;x, where no rule does.

        Raises ConfigurationError for a URL, a weight, a policy, a key or a rule that is none, and
        for a rule that is there already.
        """
        rule = Rule.parse(
            host=host,
            port=port,
            path=path,
            exact_path=exact_path,
            methods=methods,
            headers=headers,
        )
        target = Target(
            urls,
            str(rule),
            preserve_host,
            policy=policy,
            key=key,
            health=health,
            retry=retry,
            tls=tls,
        )
        for upstream in target.upstreams:
            if upstream.origin.scheme not in ("http", "https"):
                raise bad_url(str(upstream), "must start with http:// or https://")
        prepare(target, HTTP)
        self._mux.add(rule, target)
        if target.checks:
            self._prober.add(target.checks)
            self._background.add(self._prober)
        return target

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface, version 3."""
        if scope["type"] == "http":
            self._background.expect_start()
            await self._handle(Request(scope, receive), send)
        elif scope["type"] == "lifespan":
            await lifespan(self, receive, send)
        else:
            await refuse_websocket(scope, receive, send)

    async def _handle(self, request: Request, send: Send) -> None:
        """Answers one request, for as long as its client is there."""
        version, fields = request.scope["http_version"], request.headers.raw
        has_body = may_have_body(version, request.method, fields)
        incoming = Incoming(request.receive, has_body=has_body, patience=self._patience)
        with contextlib.suppress(ClientGone):
            async with incoming.while_connected():
                await self._respond(request, incoming.body() if has_body else None, send)

    async def _respond(
        self, request: Request, body: AsyncIterator[bytes] | None, send: Send
    ) -> None:
        """Passes on what the matching target answers, or answers without one."""
        found = self.route(request_head(request.scope))
        if isinstance(found, Response):
            if body is not None:  # nobody reads it, and it is not the next request
                found.headers["connection"] = "close"
            await found(request.scope, request.receive, send)
            return
        onward, target = found
        try:
            async with self.forward(onward, body, target) as answer:
                await pass_on(answer, request.method, send, self._patience)
            # Last of all: after it, the server takes this client for gone.
            await deliver(send, body_message(b"", more=False), self._patience)
        except AnswerBroken as error:
            self.broken_off(request, target, error)
            raise
        except ForwardingError as error:
            response = self.unanswered(request, target, error)
            if error.status < 500 or body is not None:  # the rest of it may follow
                response.headers["connection"] = "close"
            await response(request.scope, request.receive, send)

    def route(self, head: RequestHead) -> tuple[RequestHead, Target] | Response:
        """The request as it goes on, and its target; or the answer when it goes no further."""
        try:
            onward = self._hop.received(head)
        except RequestRefused as error:
            return self.refused(head, error)
        if onward is None:
            return answer_here(head)
        match = self._mux.match(onward)
        return (onward, match.target) if match.target else self.unmatched(match)

    def forward(
        self, head: RequestHead, body: AsyncIterator[bytes] | None, target: Target
    ) -> AbstractAsyncContextManager[UpstreamResponse]:
        """Says the client's request to an upstream; the block that it opens has the answer."""
        check_request(head.method, head.fields)
        return self._forwarder.forward(head, body, target)

    def refused(self, head: RequestHead, error: RequestRefused) -> Response:
        """What the client gets for a request that could mean two things; the log has the reason."""
        target = head.target.decode("ascii", "backslashreplace")
        logger.warning("%d %s %s: %s", error.status, head.method, target, error)
        text = f"{error.status} {HTTPStatus(error.status).phrase}\n"
        return PlainTextResponse(text, error.status, {"connection": "close"})

    def unmatched(self, match: Match) -> Response:
        """What the client gets when its request is for none of the targets.

        405 with Allow (RFC 9110, section 15.5.6) when only the method is at fault, else 404.
        """
        status, headers = 404, {}
        if match.allow:
            status, headers = 405, {"allow": ", ".join(match.allow)}
        return PlainTextResponse(f"{status} {HTTPStatus(status).phrase}\n", status, headers)

    def unanswered(self, request: Request, target: Target, error: ForwardingError) -> Response:
        """What the client gets when the upstream gave nothing to pass on.

        The status is the error's; a short plain text says no more than the status means, for
        inside addresses are nobody's business outside. The log line (a warning) has the rest:
        status, method and path, upstream, for what it is a target, and reason.
        """
        logger.warning(
            "%d %s: upstream %s: %s", error.status, asked_for(request), whom(target, error), error
        )
        headers = {}
        if isinstance(error, NoUpstreamAvailable):
            headers["retry-after"] = str(error.retry_after)
        return PlainTextResponse(
            f"{error.status} {HTTPStatus(error.status).phrase}\n", error.status, headers
        )

    def broken_off(self, request: Request, target: Target, error: AnswerBroken) -> None:
        """Logs (a warning) why an answer ended before its end: for the client, it just stops."""
        asked = asked_for(request)
        logger.warning("%s: upstream %s: broken off: %s", asked, whom(target, error), error)

    async def serve(
        self, *, listen: Place | Sequence[Place] = "127.0.0.1:8080", grace: float = GRACE
    ) -> None:
        """Serves until cancelled; what is running then has `grace` seconds to end.

        `listen` is "address:port", a socket that is bound already, a TlsListener, or a list.

        Raises ConfigurationError when an address is none or cannot be had.
        """
        await serve_http(self, listen, grace)

    def start(self) -> None:
        """Starts the probes; `serve` and `async with` do so too. Each start needs its `aclose`."""
        self._background.start()

    async def aclose(self) -> None:
        """Stops the probes and closes the connections to upstreams; may be called twice.

        Where several have started it, the last one stops it: two servers may share a proxy. What
        the probes have said is forgotten then, for nobody keeps it true.
        """
        await self._background.aclose()
        if not self._background.is_on:
            self._prober.forget()
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def asked_for(request: Request) -> str:
    """Method and target, as the client wrote them, for the log."""
    target = request_target(request.scope).decode("ascii", "backslashreplace")
    return f"{request.method} {target}"


def whom(target: Target, error: ExchangeError) -> str:
    """The upstream that an error came from, and for what it is one, for the log."""
    return f"{error.upstream} (for {target.name})" if error.upstream else str(target)
