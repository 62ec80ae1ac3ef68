"""Forwarding: a client's request to an upstream, and to another when that fails."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, replace

from reverseproxy.errors import (
    AnswerBroken,
    ExchangeError,
    OutOfTime,
    UpstreamError,
    UpstreamTimeout,
)
from reverseproxy.hop import Hop
from reverseproxy.http.old_clients import measured
from reverseproxy.http.outgoing import UpstreamClient, UpstreamRequest, UpstreamResponse
from reverseproxy.http.replay import Replay
from reverseproxy.lease import Lease
from reverseproxy.message import RequestHead
from reverseproxy.paths import join
from reverseproxy.retry import REPEATABLE, Failure
from reverseproxy.target import Target
from reverseproxy.tries import Tries
from reverseproxy.upstream import Upstream

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Turn:
    """Whose turn it is, and since when: a request that takes too long waits for somebody."""

    is_clients: bool = False
    since: float = 0.0

    def pass_to(self, *, client: bool) -> None:
        """From now on the client is waited for, or else the upstream."""
        self.is_clients, self.since = client, asyncio.get_running_loop().time()

    def silence(self) -> float:
        """Seconds that the upstream has been waited for without a break."""
        return 0.0 if self.is_clients else asyncio.get_running_loop().time() - self.since


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asks for, and of which target."""

    head: RequestHead
    body: Replay
    target: Target
    turn: Turn


class Forwarder:
    """Sends requests to upstreams."""

    def __init__(self, client: UpstreamClient, hop: Hop, total: float | None) -> None:
        """`total`: seconds for all tries and the answer together; None: as long as it takes."""
        self._client = client
        self._hop = hop
        self._total = total

    @contextlib.asynccontextmanager
    async def forward(
        self, head: RequestHead, body: AsyncIterator[bytes] | None, target: Target
    ) -> AsyncIterator[UpstreamResponse]:
        """The answer of the first upstream that gives one; it lasts as long as the block.

        Raises what the last try raised; an error knows which upstream it was.
        """
        # A body that is never sent twice need not be kept: while it is unsent, it is whole anyway.
        limit = target.retry.body if target.retry and head.method in REPEATABLE else 0
        turn = Turn()
        received = None if body is None else taking_turns(body, turn, is_clients=True)
        asked = Asked(head, Replay(received, limit), target, turn)
        async with AsyncExitStack() as stack:
            yield await self._answer(asked, stack)

    async def _answer(self, asked: Asked, stack: AsyncExitStack) -> UpstreamResponse:
        """Tries one upstream after another; what is open in the end is left open in `stack`."""
        tries = Tries(asked.target, asked.head.method, self._key(asked))
        deadline = self._deadline()
        while True:
            lease = tries.lease()
            attempt = self._attempt(lease, asked, deadline)
            failure: Failure
            try:
                answer = await stack.enter_async_context(attempt)
                failure = answer.status
                if not tries.has_another(failure, is_whole=asked.body.is_whole):
                    return answer
            except UpstreamError as error:
                failure = error
                if not tries.has_another(failure, is_whole=asked.body.is_whole):
                    raise
            log_retry(asked, lease.upstream, failure)
            await stack.aclose()

    def _key(self, asked: Asked) -> bytes:
        """What a keyed policy chooses the upstream by."""
        if asked.target.key is None:
            return b""
        return asked.target.key.of(asked.head, self._hop.client(asked.head))

    def _deadline(self) -> float | None:
        """When everything has to be over, in the time of the running loop."""
        return None if self._total is None else asyncio.get_running_loop().time() + self._total

    @contextlib.asynccontextmanager
    async def _attempt(
        self, lease: Lease, asked: Asked, deadline: float | None
    ) -> AsyncIterator[UpstreamResponse]:
        """One try: whatever comes of it, the upstream's health hears of it."""
        asked.turn.pass_to(client=False)
        try:
            with lease as upstream, in_time(lease, asked.turn, self._total):
                timeout = asyncio.timeout_at(deadline)
                async with timeout, self._exchange(asked, upstream) as answer:
                    lease.answered(answer.status)
                    asked.turn.pass_to(client=True)
                    body = taking_turns(answer.body, asked.turn, is_clients=False)
                    yield replace(answer, body=body)
        except ExchangeError as error:
            error.upstream = str(lease.upstream)
            raise

    def _exchange(
        self, asked: Asked, upstream: Upstream
    ) -> AbstractAsyncContextManager[UpstreamResponse]:
        """One request to one upstream, and the answer in a form that the client understands."""
        head, preserve_host = asked.head, asked.target.preserve_host
        request = UpstreamRequest(
            method=head.method,
            target=join(upstream.base, head.target) if upstream.base else head.target,
            fields=self._hop.request_fields(head, upstream, preserve_host=preserve_host),
            body=asked.body.again(),
        )
        exchange = self._client.stream(upstream.origin, request, upstream.tls)
        return exchange if head.version != "1.0" else measured(exchange, head.method)


async def taking_turns(
    body: AsyncIterator[bytes], turn: Turn, *, is_clients: bool
) -> AsyncIterator[bytes]:
    """The pieces of a body; `turn` says at any time whether the client is waited for.

    is_clients: it is the client who sends them, and not the upstream.
    """
    turn.pass_to(client=is_clients)
    async for piece in body:
        turn.pass_to(client=not is_clients)
        yield piece
        turn.pass_to(client=is_clients)
    turn.pass_to(client=not is_clients)


@contextlib.contextmanager
def in_time(lease: Lease, turn: Turn, total: float | None) -> Iterator[None]:
    """Turns the end of the time that a request has in all into an error of ours.

    The upstream is to blame when it was silent for more than half of that time, up to its end. One
    that is in the middle of a long answer, or was asked late, is not.
    """
    try:
        yield
    except TimeoutError as error:
        if total is None:
            raise
        why = "it took longer than a request may in all"
        kind = OutOfTime if lease.status is None else AnswerBroken
        raise kind(why) from (UpstreamTimeout(why) if turn.silence() > total / 2 else error)


def log_retry(asked: Asked, upstream: Upstream, failure: Failure) -> None:
    """One line for each try that another one follows."""
    target = asked.head.target.decode("ascii", "backslashreplace")
    what = f"status {failure}" if isinstance(failure, int) else str(failure).rstrip(".")
    logger.warning(
        "%s %s: upstream %s: %s; another one gets a try", asked.head.method, target, upstream, what
    )
