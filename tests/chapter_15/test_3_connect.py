"""Step 3: before the first byte."""

import asyncio
import contextlib
import os
import resource
import socket
from collections.abc import Iterator

import pytest

from reverseproxy import Retry
from reverseproxy.errors import ConnectFailed, NothingLeft
from reverseproxy.target import Target
from tests.chapter_15.coming_in import Watching, client_of, echo, entrance, pair
from tests.support.loopback import closed_port
from tests.support.steps import step


def dead() -> str:
    """An upstream where nobody listens."""
    return f"tcp://127.0.0.1:{closed_port()}"


def in_flight(target: Target) -> list[int]:
    """How many uses of each upstream have not ended."""
    return [each.in_flight for each in target.upstreams]


async def wait_until_free(target: Target, why: str) -> None:
    """Waits until no upstream is in use; fails, and says why, when one stays so."""
    for _ in range(200):
        if not any(in_flight(target)):
            return
        await asyncio.sleep(0.005)
    pytest.fail(f"{why}, and in flight are {in_flight(target)}")


@contextlib.contextmanager
def silent() -> Iterator[str]:
    """An upstream whose queue is full: it answers nobody who wants to connect."""
    with contextlib.ExitStack() as held:
        sock = held.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            filler = held.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(sock.getsockname())
        yield f"tcp://127.0.0.1:{sock.getsockname()[1]}"


@contextlib.contextmanager
def nothing_left() -> Iterator[None]:
    """Without any file descriptor for whoever wants a new one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@step(3)
async def test_a_client_talks_with_an_upstream() -> None:
    """Two clients and two upstreams: each has its own, and what it says comes back.

    Why: a connection is chosen for as a request is.
    Read: Step 3, "Before the first byte".
    """
    async with echo(b"one") as one, echo(b"two") as two:
        target = Target([one.url, two.url])
        async with entrance(target) as door, door.client() as first, door.client() as second:
            names = {await each.reads(3, "two upstreams listen") for each in (first, second)}
            assert names == {b"one", b"two"}, f"two clients, and they talk with {names}"
            first.writer.write(b"rose")
            assert await first.reads(4, "an upstream says everything again") == b"rose"


@step(3)
async def test_the_next_one_gets_a_try() -> None:
    """Nobody listens at the first two of three upstreams: the client has the third, and notices
    nothing.

    Why: nothing was said yet, so nothing can be said twice.
    Read: Step 3, "Before the first byte".
    """
    async with echo() as alive:
        target = Target([dead(), dead(), alive.url])
        async with entrance(target) as door, door.client() as client:
            got = await client.reads(3, "two upstreams are dead, and the third is not")
            assert got == b"one"
            assert in_flight(target) == [0, 0, 1], f"in flight after two failures: {target}"


@step(3)
async def test_a_use_lasts_as_long_as_its_connection() -> None:
    """While a client is there, one use of its upstream is in flight; once it has left, none.

    Why: who has a thousand connections has no time for one more, even when they were made an hour
    ago.
    Read: Step 3, "Before the first byte".
    """
    async with echo() as alive:
        target = Target([alive.url])
        async with entrance(target) as door:
            async with door.client() as client:
                await client.reads(3, "an upstream listens")
                count = in_flight(target)[0]
                assert count == 1, f"one connection stands, and in flight are {count}"
            await wait_until_free(target, "the connection has ended")


@step(3)
async def test_a_connection_that_stands_is_never_without_a_use() -> None:
    """A connection is made. While health hears that this went well, one use of the upstream is in
    flight.

    Why: with none, even for a moment, who is drained would be told that its last connection has
    gone.
    Read: Step 3, "Before the first byte".
    """
    watching = Watching()
    async with echo() as alive:
        target = Target([alive.url], health=[watching])
        async with entrance(target) as door, door.client() as client:
            await client.reads(3, "an upstream listens")
            found = watching.in_flight
            assert found == [1], f"told that connecting went well, and in flight then were {found}"


@step(3)
async def test_to_connect_is_what_health_hears_of() -> None:
    """A connection is made: a success, at once. It ends: the use is abandoned. Before it, nobody
    listened: a failure.

    Why: what is said on a connection is not for us to understand. So how it ends tells nothing
    about the upstream.
    Read: Step 3, "Before the first byte".
    """
    watching = Watching()
    async with echo() as alive:
        target = Target([dead(), alive.url], health=[watching])
        first, second = (str(each) for each in target.upstreams)
        so_far = [("failure", first), ("success", second)]
        async with entrance(target) as door:
            async with door.client() as client:
                await client.reads(3, "one of two upstreams is dead")
                why = f"one refused, one connected, and health heard {watching.heard}"
                assert watching.heard == so_far, why
            await wait_until_free(target, "the connection has ended")
        found = watching.heard[2:]
        assert found == [("abandoned", second)], f"the connection ended, and health heard {found}"


@step(3)
async def test_each_has_one_try() -> None:
    """Nobody listens at either of two upstreams: both are tried, once, and the client is reset.

    Why: who said no a moment ago says no again.
    Read: Step 3, "Before the first byte".
    """
    watching = Watching()
    target = Target([dead(), dead()], health=[watching])
    async with entrance(target) as door, door.client() as client:
        assert await client.ends() == "with a reset", "no upstream listens"
        tried = sorted(watching.heard)
        wanted = sorted(("failure", str(each)) for each in target.upstreams)
        assert tried == wanted, f"two upstreams, neither listens, and this was tried: {tried}"
        assert in_flight(target) == [0, 0], "no connection, and something is in flight"


@step(3)
@pytest.mark.parametrize(("retry", "tries"), [(Retry(limit=1), 2), (None, 1)])
async def test_no_more_tries_than_allowed(retry: Retry | None, tries: int) -> None:
    """Four dead upstreams, and a target that allows one more try, or none: two are tried, or one.

    Why: a client is better told now than in a minute.
    Read: Step 3, "Before the first byte".
    """
    watching = Watching()
    target = Target([dead() for _ in range(4)], health=[watching], retry=retry)
    async with entrance(target) as door, door.client() as client:
        assert await client.ends() == "with a reset", "no upstream listens"
        count = len(watching.heard)
        assert count == tries, f"{tries} tries were allowed, and there were {count}"


@step(3)
async def test_the_log_says_who_and_why(caplog: pytest.LogCaptureFixture) -> None:
    """Two dead upstreams: one line says that the first failed and another one gets a try, and one
    that there is no connection, and which upstream was the last, and why.

    Why: somebody has to find out which of them it is.
    Read: Step 3, "Before the first byte".
    """
    target = Target([dead(), dead()])
    first, last = (str(each) for each in target.upstreams)
    async with entrance(target) as door, door.client() as client:
        await client.ends()
    lines = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert len(lines) == 2, f"two tries, and the log says {lines}"
    assert first in lines[0], f"it does not name the first: {lines[0]}"
    assert last in lines[1], f"it does not name the last one: {lines[1]}"
    assert all("refused" in line for line in lines), f"it does not say why: {lines}"


@step(3)
async def test_the_error_names_the_last_one() -> None:
    """Nobody listens at either of two upstreams: the error that is raised has the name of the last
    one, as text.

    Why: an upstream in it would be kept, with all that it holds, as long as somebody keeps the
    error. For a log, the name will do.
    Read: Step 3, "Before the first byte".
    """
    target = Target([dead(), dead()])
    last = str(target.upstreams[1])
    async with entrance(target) as door:
        error = await door.fails(target)
    assert isinstance(error, ConnectFailed), f"nobody listens, and this was raised: {error!r}"
    kind = type(error.upstream).__name__
    assert kind == "str", f"the name of an upstream is text, and in the error there is: {kind}"
    assert error.upstream == last, f"the last try was {last}, and the error says {error.upstream!r}"


@step(3)
async def test_what_is_ours_names_nobody() -> None:
    """This machine has no file descriptor left: the error that is raised names no upstream.

    Why: whoever reads the log would look for the fault where it is not.
    Read: Step 3, "Before the first byte".
    """
    async with echo() as one:
        target = Target([one.url])
        async with entrance(target) as door:
            with nothing_left():
                error = await door.fails(target)
    assert isinstance(error, NothingLeft), f"no descriptor was left, and this was raised: {error!r}"
    assert not error.upstream, f"no descriptor was left, and the error names {error.upstream}"


@step(3)
async def test_who_does_not_answer_is_given_up_in_time() -> None:
    """The first upstream does not answer, and has 50 ms: then the second one gets a try, and the
    first has a failure.

    Why: a cable that was pulled says nothing.
    Read: Step 3, "Before the first byte".
    """
    watching = Watching()
    async with echo() as alive:
        with silent() as url:
            target = Target([url, alive.url], health=[watching])
            async with entrance(target, connect=0.05) as door, door.client() as client:
                await client.reads(3, "the first upstream does not answer")
                assert watching.heard[0] == ("failure", url), "it took too long to connect"


@step(3)
async def test_who_is_stopped_while_it_connects_blames_nobody() -> None:
    """An upstream does not answer, and in the meantime the proxy is stopped: the client is reset,
    nothing is in flight any more, and nobody has a failure.

    Why: it was us who had no time.
    Read: Step 3, "Before the first byte".
    """
    watching = Watching()
    with silent() as url:
        target = Target([url, dead()], health=[watching])
        async with entrance(target) as door, door.client() as client:
            for _ in range(200):
                if in_flight(target)[0]:
                    break
                await asyncio.sleep(0.005)
            assert in_flight(target) == [1, 0], "a connection is being made: one use of an upstream"
            await door.stop()
            assert await client.ends() == "with a reset", "the proxy was stopped"
    assert in_flight(target) == [0, 0], "it was stopped, and a use has not ended"
    heard = [how for how, _ in watching.heard]
    assert heard == ["abandoned"], f"it was stopped while it connected, and health heard {heard}"


@step(3)
async def test_what_is_ours_is_no_upstreams_fault() -> None:
    """This machine has no file descriptor left: the client is reset, nobody else is tried, and no
    upstream has a failure.

    Why: it would go wrong with each of them. In a minute all would be ejected, and none was ill.
    Read: Step 3, "Before the first byte".
    """
    watching = Watching()
    async with echo() as one, echo() as two:
        target = Target([one.url, two.url], health=[watching])
        far, near = pair()
        async with entrance(target) as door:
            with nothing_left():
                door.enters(near)
                async with client_of(far) as client:
                    assert await client.ends() == "with a reset", "there is no descriptor left"
        heard = [how for how, _ in watching.heard]
        assert heard == ["abandoned"], f"no descriptor was left, and health heard {heard}"


@step(3)
async def test_when_all_are_out_the_client_hears_it() -> None:
    """All upstreams are taken out by hand: the client is reset, and the log says why.

    Why: who is not told waits.
    Read: Step 3, "Before the first byte".
    """
    async with echo() as one:
        target = Target([one.url])
        async with entrance(target) as door, door.client() as first:
            await first.reads(3, "an upstream listens")
            target.set_state(one.url, "maint")
            async with door.client() as second:
                assert await second.ends() == "with a reset", "there is no upstream"
        assert one.count == 1, "it was taken out, and had another client"
