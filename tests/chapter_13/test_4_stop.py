"""Step 4: a stop that loses nothing."""

import asyncio
import contextlib
import inspect
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from reverseproxy import ActiveHealth, ReverseProxy, run
from reverseproxy.http import accept_queue, graceful, leaving
from reverseproxy.http.graceful import GracefulServer
from reverseproxy.server import CUT_OFF, serve_http, until_signalled
from reverseproxy.upstream import Upstream
from tests.chapter_13.leaving import Slow
from tests.support.loopback import (
    OK,
    PATIENCE,
    ask,
    connection,
    exchange,
    hear,
    listening,
    proxy_to,
    upstream,
)
from tests.support.steps import step

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
LINGER = 0.02


@pytest.fixture(autouse=True)
def shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A little while is less for a test."""
    monkeypatch.setattr(leaving, "LINGER", LINGER)
    monkeypatch.setattr(graceful, "HANDSHAKE", LINGER, raising=False)  # step 4 needs it


class Stopping:
    """A proxy that is served, and can be told to stop."""

    def __init__(self, proxy: ReverseProxy, grace: float, *, is_own: bool) -> None:
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.address = f"127.0.0.1:{self.sock.getsockname()[1]}"
        if is_own:
            self.sock.close()
        self.task = asyncio.ensure_future(
            proxy.serve(listen=self.address if is_own else self.sock, grace=grace)
        )

    async def stop(self) -> BaseException:
        """Cancels it, and waits for its end; what it raised."""
        self.task.cancel()
        return await self.end()

    async def end(self) -> BaseException:
        """Waits for its end; what it raised."""
        done, _ = await asyncio.wait([self.task], timeout=PATIENCE / 5)
        if not done:
            pytest.fail("it was told to stop, and it goes on")
        try:
            await self.task
        except asyncio.CancelledError as error:
            return error
        except Exception as error:  # noqa: BLE001 - whatever it is, the reader sees it
            pytest.fail(f"it was told to stop, and raised {error!r}")
        pytest.fail("it was cancelled, and returned as if it had not been")


@contextlib.asynccontextmanager
async def stopping(
    proxy: ReverseProxy, grace: float = 2.0, *, is_own: bool = False
) -> AsyncIterator[Stopping]:
    """A proxy that is served; it has had a request, so it is there."""
    one = Stopping(proxy, grace, is_own=is_own)
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                with contextlib.suppress(ConnectionError):
                    await ask(
                        one.address, b"OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
                    )
                    break
                await asyncio.sleep(0.01)
            yield one
    finally:
        for _ in range(2):
            one.task.cancel()
            await asyncio.wait([one.task], timeout=0.5)
        one.sock.close()


def heard_by(client: socket.socket) -> bytes:
    """All that a client hears, or what went wrong; then it hangs up."""
    client.settimeout(PATIENCE / 5)
    heard = b""
    with client:
        try:
            while piece := client.recv(4096):
                heard += piece
        except OSError as error:
            return repr(error).encode()
    return heard


class Held:
    """An upstream whose answers wait until they may come."""

    def __init__(self) -> None:
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers the requests of one connection."""
        while True:
            await hear(reader)
            self.asked.set()
            await self.may_answer.wait()
            writer.write(OK)
            await writer.drain()


class Busy(socket.socket):
    """A listening socket; once it is `armed`, somebody comes whenever the next one is taken."""

    armed = False
    late: socket.socket | None = None

    def accept(self) -> tuple[socket.socket, object]:
        """Takes one. Just before, the one who comes late has come."""
        if self.armed and not self.late:
            self.late = socket.create_connection(self.getsockname())
            self.late.sendall(GET)
        return super().accept()


def server_of(app: ASGIApp) -> GracefulServer:
    """A server of an application alone, with a grace of two seconds."""
    return GracefulServer(app, 2.0, ws="none", lifespan="off", log_config=None, access_log=False)


async def ended(task: "asyncio.Task[None]") -> None:
    """Cancels a server, and waits for its end; raises what it raised, if that is something new."""
    task.cancel()
    await asyncio.wait([task], timeout=PATIENCE / 5)
    if task.done() and not task.cancelled() and (error := task.exception()):
        raise error


@step(4)
@pytest.mark.parametrize(
    ("own", "given"), [(1, 0), (0, 1), (2, 1)], ids=["its own socket", "a given socket", "three"]
)
async def test_who_comes_last_is_welcome(
    own: int, given: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client comes at the last moment, at each socket: only `waiting` sees it in the queue.

    Why: a busy server has new clients in every moment, and also in that one.
    Read: Step 4, "A stop that loses nothing".
    """
    monkeypatch.setattr(
        graceful, "refuse_new", lambda sock: None, raising=False
    )  # the door is open until then
    with contextlib.ExitStack() as stack:
        socks = [
            stack.enter_context(Busy(fileno=socket.create_server(("127.0.0.1", 0)).detach()))
            for _ in range(own + given)
        ]
        task = asyncio.ensure_future(server_of(Slow().at_once()).serve_on(socks[:own], socks[own:]))
        async with asyncio.timeout(PATIENCE / 5):
            await ask(f"127.0.0.1:{socks[-1].getsockname()[1]}", GET)
        for sock in socks:
            sock.armed = True
        await ended(task)
        for number, sock in enumerate(socks, 1):
            kind = "of its own" if number <= own else "that was given to it"
            assert sock.late, f"nobody has taken who waited at a socket {kind}"
            answer = heard_by(sock.late)
            assert answer.endswith(b"OK"), (
                f"at socket {number} of {len(socks)}, the last one was taken out of the queue, "
                f"and heard {answer!r}"
            )


class Quiet(socket.socket):
    """A listening socket; once it is `armed`, somebody knocks a turn after its queue was empty."""

    armed = False

    def __init__(self) -> None:
        super().__init__(fileno=socket.create_server(("127.0.0.1", 0)).detach())
        self.address = self.getsockname()
        self.got_in: list[socket.socket] = []

    def accept(self) -> tuple[socket.socket, object]:
        """Takes one."""
        try:
            return super().accept()
        except BlockingIOError:
            if self.armed:
                asyncio.get_running_loop().call_soon(self.knock)
            raise

    def knock(self) -> None:
        """Somebody comes, and is refused, or gets in and asks."""
        with contextlib.suppress(ConnectionRefusedError):
            client = socket.create_connection(self.address)
            self.got_in.append(client)
            client.sendall(GET)


@step(4)
async def test_nobody_gets_in_before_the_close_and_is_thrown_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody comes just after the queue was found empty: refused, or answered, but not reset.

    Why: in each `await` between the last accept and the close there is time to come in.
    Read: Step 4, "A stop that loses nothing".
    """
    with Quiet() as sock:

        async def then_knock(
            taken: Iterable[socket.socket], protocol: Callable[[], asyncio.Protocol]
        ) -> None:
            await accept_queue.welcome(taken, protocol)
            sock.knock()

        monkeypatch.setattr(graceful, "welcome", then_knock, raising=False)
        task = asyncio.ensure_future(server_of(Slow().at_once()).serve_on([], [sock]))
        async with asyncio.timeout(PATIENCE / 5):
            await ask(f"127.0.0.1:{sock.address[1]}", GET)
        sock.armed = True
        await ended(task)
        for client in sock.got_in:
            answer = heard_by(client)
            assert answer.endswith(b"OK"), (
                f"somebody came between the last accept and the close, and heard {answer!r}"
            )


@step(4)
async def test_a_given_socket_has_no_handshakes_to_wait_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All its sockets were given to it, so none is shut: the stop does not take HANDSHAKE seconds.

    Why: those seconds are for a door that is shut. At an open one, new clients come all the time.
    Read: Step 4, "A stop that loses nothing".
    """
    monkeypatch.setattr(graceful, "HANDSHAKE", PATIENCE, raising=False)
    async with upstream() as script, stopping(proxy_to(script.url), grace=PATIENCE) as one:
        one.task.cancel()
        done, _ = await asyncio.wait([one.task], timeout=PATIENCE / 10)
        assert done, "all its sockets were given to it, and it waits for handshakes"


class Tidy:
    """An application that goes on for a while when its answer is out."""

    is_done = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface, version 3."""
        self.is_done = False
        await Slow().at_once()(scope, receive, send)
        await asyncio.sleep(LINGER)
        self.is_done = True


@step(4)
async def test_what_goes_on_after_the_answer_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """An idle client asks during the stop, and has its answer; its task ends a little later.

    Why: it came when nothing ran. Whoever has waited for the tasks before that has not seen it.
    Read: Step 4, "A stop that loses nothing".
    """
    monkeypatch.setattr(leaving, "LINGER", 1.0)
    app = Tidy()
    with socket.create_server(("127.0.0.1", 0)) as sock:
        task = asyncio.ensure_future(server_of(app).serve_on([], [sock]))
        await asyncio.sleep(0)
        async with connection(f"127.0.0.1:{sock.getsockname()[1]}") as (reader, writer):
            await exchange(reader, writer, GET)
            await asyncio.sleep(LINGER * 1.5)  # nothing runs
            task.cancel()
            await asyncio.sleep(LINGER)  # the door is closed
            await exchange(reader, writer, GET)
        await asyncio.wait([task], timeout=PATIENCE / 5)
    assert app.is_done, "its answer was out, and the task that had made it was cancelled"


@step(4)
def test_the_grace_is_passed_on() -> None:
    """`run`, `ReverseProxy.serve` and `serve_http` take a `grace`, and pass it on.

    Why: who runs the program knows how long it may take; the server is three calls away.
    Read: Step 4, "A stop that loses nothing".
    """
    for function in (run, ReverseProxy.serve, serve_http):
        assert "grace" in inspect.signature(function).parameters, (
            f"{function.__qualname__} takes no grace: copy it from the page"
        )


@step(4)
async def test_close_is_said_from_the_first_moment_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told to stop, and the door is not shut yet: the next answer says close already.

    Why: each answer without it is a client who comes back.
    Read: Step 4, "A stop that loses nothing".
    """
    async with upstream() as script, stopping(proxy_to(script.url), is_own=True) as one:
        async with connection(one.address) as (reader, writer):
            await exchange(reader, writer, GET)
            monkeypatch.setattr(graceful, "HANDSHAKE", 0.05)
            one.task.cancel()
            await asyncio.sleep(0)
            answer = await exchange(reader, writer, GET)
            said = answer.values("connection")
            assert said == ["close"], f"it was told to stop, and the next answer says {said}"
        await one.end()


@step(4)
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the filter")
async def test_who_knocks_at_the_stop_hears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told to stop, and its own address is not closed yet: nobody gets in, and no reset.

    Why: who gets in between the last accept and the close is thrown out.
    Read: Step 3, "Who waits in the queue".
    """
    async with upstream() as script, stopping(proxy_to(script.url), is_own=True) as one:
        monkeypatch.setattr(graceful, "HANDSHAKE", 0.1)
        one.task.cancel()
        await asyncio.sleep(0.02)
        host, port = one.address.split(":")
        heard = "it got in"
        try:
            async with asyncio.timeout(0.04):
                _, writer = await asyncio.open_connection(host, int(port))
                writer.close()
        except TimeoutError:
            heard = "nothing"
        except OSError as error:
            heard = repr(error)
        await one.end()
    assert heard == "nothing", f"a client came while the door was being shut: {heard}"


@step(4)
async def test_a_given_socket_goes_on_elsewhere() -> None:
    """Somebody else has the same socket: after our stop, it takes connections as before.

    Why: a socket is given so that it outlives the program, and the next one goes on with it.
    Read: Step 3, "Who waits in the queue".
    """
    async with upstream() as script, stopping(proxy_to(script.url)) as one:
        with one.sock.dup() as theirs:
            await one.stop()
            try:
                socket.create_connection(theirs.getsockname(), timeout=0.5).close()
            except OSError as error:
                pytest.fail(f"a socket was given, and after the stop it is deaf: {error!r}")


@step(4)
@pytest.mark.parametrize("is_own", [True, False], ids=["an address", "a given socket"])
async def test_who_waits_in_the_queue_is_answered(is_own: bool) -> None:
    """20 clients come while the event loop is busy, and then it is stopped: 20 answers.

    Why: they are connected, and have sent their requests. To close the socket is to reset them all.
    Read: Step 4, "A stop that loses nothing".
    """
    async with upstream() as script, stopping(proxy_to(script.url), is_own=is_own) as one:
        host, port = one.address.split(":")
        clients = [socket.create_connection((host, int(port))) for _ in range(20)]
        for client in clients:
            client.sendall(GET)
        await one.stop()
        lost = 0
        for client in clients:
            lost += not heard_by(client).endswith(b"OK")
    assert not lost, f"20 were in the queue, and {lost} of them have no answer"


@step(4)
async def test_who_was_just_accepted_is_answered() -> None:
    """They come in the very turn of the event loop in which it is told to stop.

    Why: between "accepted" and "has a connection" there are turns of the event loop, in which
    nobody counts them.
    Read: Step 4, "A stop that loses nothing".
    """
    for turns in range(3):
        async with upstream() as script, stopping(proxy_to(script.url)) as one:
            host, port = one.address.split(":")
            client = socket.create_connection((host, int(port)))
            client.sendall(GET)
            for _ in range(turns):
                await asyncio.sleep(0)
            await one.stop()
            answer = heard_by(client)
        assert answer.endswith(b"OK"), f"stopped {turns} turns after it came: {answer!r}"


@step(4)
async def test_what_runs_is_finished_and_nobody_new_gets_in() -> None:
    """A request runs when it is stopped: it has its whole answer. Who comes then is refused.

    Why: that is what the grace period is for.
    Read: Step 4, "A stop that loses nothing".
    """
    held = Held()
    async with listening(held) as url, stopping(proxy_to(url)) as one:
        client = asyncio.ensure_future(ask(one.address, GET))
        await held.asked.wait()
        one.task.cancel()
        async with asyncio.timeout(PATIENCE / 5):
            with contextlib.suppress(ConnectionError):
                while True:
                    async with connection(one.address):
                        await asyncio.sleep(0.01)
        assert not one.task.done(), "a request runs, and it has ended"
        held.may_answer.set()
        answer = await client
        assert answer.body == b"OK"
        assert answer.values("connection") == ["close"], "it stops, and does not say so"
        error = await one.end()
        assert not error.args, "all were answered, and it says that some were not"


@step(4)
async def test_what_takes_too_long_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    """A grace of 0.05 s, and an answer that never comes: it ends, and says how many it has cut off.

    Why: whoever stops a program has a deadline too, and behind it there is SIGKILL.
    Read: Step 4, "A stop that loses nothing".
    """
    held = Held()
    async with listening(held) as url, stopping(proxy_to(url), grace=0.05) as one:
        async with connection(one.address) as (reader, writer):
            writer.write(GET)
            await held.asked.wait()
            error = await one.stop()
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
        assert error.args == (1,), f"a request was cut off, and it ended with {error!r}"
    lines = [record.getMessage() for record in caplog.records]
    assert any("requests cut off: 1 " in line for line in lines), (
        f"the log does not say so: {lines}"
    )


@step(4)
@pytest.mark.parametrize(
    ("sent", "grace"), [(b"", 30), (b"GET / HT", 0.05)], ids=["nothing", "half a head"]
)
async def test_a_silent_client_does_not_hold_it_up(sent: bytes, grace: float) -> None:
    """It has connected, or sent half a head, and says no more: the stop ends, and with success.

    Why: no request was lost. There was none.
    Read: Step 4, "A stop that loses nothing".
    """
    async with upstream() as script, stopping(proxy_to(script.url), grace=grace) as one:
        async with connection(one.address) as (_, writer):
            writer.write(sent)
            await asyncio.sleep(0.02)
            error = await one.stop()
        assert not error.args, "nobody had asked, and it says that it cut somebody off"


@step(4)
async def test_idle_connections_say_goodbye(monkeypatch: pytest.MonkeyPatch) -> None:
    """Idle at the stop: its next request is answered, with close; without one it ends soon.

    Why: this is the client of whom most is lost when a proxy stops: the one that is always there.
    Read: Step 4, "A stop that loses nothing".
    """
    async with upstream() as script, stopping(proxy_to(script.url), grace=30) as one:
        async with connection(one.address) as (reader, writer):
            await exchange(reader, writer, GET)
            monkeypatch.setattr(leaving, "LINGER", 1.0)
            one.task.cancel()
            await asyncio.sleep(LINGER * 1.5)  # the door is closed, and nothing runs
            try:
                answer = await exchange(reader, writer, GET)
            except Exception as error:  # noqa: BLE001 - h11's, or the kernel's
                pytest.fail(f"an idle connection was closed in its client's face: {error!r}")
            assert answer.values("connection") == ["close"]
        await one.end()


class Counted:
    """A probe that passes, and counts."""

    times = 0

    async def probe(self, _: Upstream) -> None:
        """Passes."""
        self.times += 1


@step(4)
async def test_probes_go_on_until_the_last_answer() -> None:
    """A request runs for a while after the stop, and upstreams are probed meanwhile. Then no more.

    Why: requests that run may be tried again, and a retry has to know who is up.
    Read: Step 4, "A stop that loses nothing".
    """
    held, probe = Held(), Counted()
    async with listening(held) as url:
        proxy = ReverseProxy()
        proxy.add_target(url, health=[ActiveHealth(probe, interval=0.01, timeout=0.01)])
        async with stopping(proxy) as one:
            client = asyncio.ensure_future(ask(one.address, GET))
            await held.asked.wait()
            one.task.cancel()
            await asyncio.sleep(0.02)
            before = probe.times
            await asyncio.sleep(0.03)
            assert probe.times > before, "a request runs, and the upstreams are not probed any more"
            held.may_answer.set()
            await client
            await one.end()
            before = probe.times
            await asyncio.sleep(0.03)
            assert probe.times == before, "it has stopped, and goes on asking"


async def ending(*cut: int) -> None:
    """Serves until it is cancelled; then it ends in this way."""
    asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGTERM)
    try:
        await asyncio.sleep(PATIENCE / 5)
    except asyncio.CancelledError:
        raise asyncio.CancelledError(*cut) from None
    pytest.fail("SIGTERM came, and it was not cancelled")


def in_a_loop(main: Coroutine[object, object, int]) -> int:
    """Runs it, and puts the signals back as they were."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with asyncio.Runner() as runner:
            return runner.run(main)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def finishing() -> None:
    """Serves, and is still finishing when the second signal comes."""
    loop = asyncio.get_running_loop()
    loop.call_soon(os.kill, os.getpid(), signal.SIGINT)
    try:
        await asyncio.sleep(PATIENCE / 5)
    finally:
        loop.call_soon(os.kill, os.getpid(), signal.SIGTERM)
        await asyncio.sleep(PATIENCE / 5)


@step(4)
def test_the_exit_code_says_how_it_ended() -> None:
    """All answered: 0. Some cut off: 4. A second signal ends it at once: 128 and its number.

    Why: a deployment that cuts off requests looks like one that does not, if nobody says so.
    Read: Step 4, "A stop that loses nothing".
    """
    code = in_a_loop(until_signalled(ending()))
    assert code == 0, f"all were answered, and the exit code is {code}"
    code = in_a_loop(until_signalled(ending(2)))
    assert code == CUT_OFF == 4, f"some were cut off, and the exit code is {code}"
    with pytest.raises(SystemExit) as caught:
        in_a_loop(until_signalled(finishing()))
    assert caught.value.code == 128 + signal.SIGTERM, "the second signal did not end it"


class Stub:
    """A service that cuts off whoever is there."""

    def __init__(self) -> None:
        self.told: dict[str, object] = {}

    async def serve(self, **settings: object) -> None:
        """Serves, and ends badly."""
        self.told = settings
        await ending(2)


@step(4)
def test_run_exits_with_that_code() -> None:
    """`run` passes on its grace, and ends the program with 4 when something was cut off.

    Why: it is the program's exit code that systemd, Kubernetes and a shell see.
    Read: Step 4, "A stop that loses nothing".
    """
    stub = Stub()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with pytest.raises(SystemExit) as caught:
            run(stub, grace=7)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert stub.told.get("grace") == 7, f"run had a grace of 7, and serve was told {stub.told}"
    assert caught.value.code == 4
