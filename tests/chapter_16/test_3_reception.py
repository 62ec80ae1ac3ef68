"""Step 3: whom to believe."""

import asyncio
import socket
import struct

import pytest

from reverseproxy.forwarded import TrustedProxies
from reverseproxy.proxy_protocol.introduction import UNKNOWN, Introduction, NotIntroduced
from reverseproxy.tcp.reception import Caller, Reception
from tests.chapter_08.leaping import leap
from tests.chapter_15.wires import break_off
from tests.chapter_16.calling import BINARY, LINE, LOCAL, call
from tests.support.steps import step

SECONDS = 3.0
ROSE = Introduction("192.0.2.7", 56324, "203.0.113.9", 443)


async def receive(called: socket.socket, *trusted: str) -> Caller:
    """Who calls, by a reception that trusts those."""
    poller = asyncio.get_running_loop()
    return await Reception(TrustedProxies.parse(trusted), poller, SECONDS).receive(called)


async def receive_unix(data: bytes, *trusted: str) -> Caller:
    """Who calls, when that comes over a UNIX socket."""
    caller, called = socket.socketpair(socket.AF_UNIX)
    with caller, called:
        called.setblocking(False)
        caller.sendall(data)
        return await receive(called, *trusted)


def itself(called: socket.socket) -> Introduction:
    """What the connection itself says."""
    there, here = called.getpeername(), called.getsockname()
    return Introduction(there[0], there[1], here[0], here[1])


def is_received(*pieces: bytes, every: float = 0.0) -> Caller | str:
    """Who calls, when a trusted proxy says that, every so many seconds; or why nobody was let in.

    The seconds are no real ones.
    """
    got: list[Caller | str] = []

    async def main() -> None:
        with call() as (caller, called):

            async def talk() -> None:
                for piece in pieces:
                    caller.send(piece)
                    await asyncio.sleep(every)

            async with asyncio.TaskGroup() as group:
                talking = group.create_task(talk())
                try:
                    got.append(await receive(called, "127.0.0.0/8"))
                except NotIntroduced as error:
                    got.append(str(error))
                talking.cancel()

    leap(main())
    return got[0]


@step(3)
@pytest.mark.parametrize("header", [LINE, BINARY], ids=["v1", "v2"])
async def test_a_trusted_proxy_is_believed(header: bytes) -> None:
    """From a trusted address comes a header, and data behind it: who it says, and the data.

    Why: what came with the header was read with it, and nobody can read it again.
    Read: Step 3, "Whom to believe".
    """
    with call() as (caller, called):
        caller.sendall(header + b"rose")
        got = await receive(called, "10.0.0.0/8", "127.0.0.1")
    assert got.introduction == ROSE
    if got.rest != b"rose":
        pytest.fail(f"b'rose' came behind the header, and the upstream will be told {got.rest!r}")


@step(3)
@pytest.mark.parametrize("header", [LINE, BINARY], ids=["v1", "v2"])
async def test_nobody_else_is_believed(header: bytes) -> None:
    """From another address comes a header: it is the client's own data, and nobody has read it.

    Why: whoever may say where he comes from, comes from wherever he likes.
    Read: Step 3, "Whom to believe".
    """
    for trusted in ((), ("10.0.0.0/8", "127.0.0.1", "::1")):
        with call("127.0.0.2") as (caller, called):
            caller.sendall(header + b"rose")
            got = await receive(called, *trusted)
            if got.introduction == ROSE:
                pytest.fail("somebody who is not trusted said who he is, and was believed")
            assert got == Caller(itself(called))
            left = called.recv(1000)
            if left != header + b"rose":
                pytest.fail(f"the upstream should get all of it, and {left!r} is left to read")


@step(3)
async def test_a_trusted_proxy_that_knows_nothing_speaks_for_itself() -> None:
    """UNKNOWN or LOCAL from a trusted address: the connection's own addresses, and the data.

    Why: "use the real connection's parameters as if there were no PROXY protocol header".
    Read: Step 3, "Whom to believe".
    """
    for header in (b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN 192.0.2.7\r\n", LOCAL):
        with call() as (caller, called):
            caller.sendall(header + b"rose")
            got = await receive(called, "127.0.0.1")
            if not got.introduction.source:
                pytest.fail(f"{header!r}: the connection has an address, and nobody is told")
            assert got == Caller(itself(called), b"rose")


@step(3)
async def test_port_0_is_a_port() -> None:
    """A header with a source port of 0, or both: who it says, as with any other port.

    Why: the protocol allows 0, and a proxy that does not know the port says so. The address counts.
    Read: Step 3, "Whom to believe".
    """
    for ports in ((0, 443), (0, 0)):
        said = Introduction("192.0.2.7", ports[0], "203.0.113.9", ports[1])
        line = b"PROXY TCP4 192.0.2.7 203.0.113.9 %d %d\r\n" % ports
        for header in (line, BINARY[:24] + struct.pack(">HH", *ports)):
            with call() as (caller, called):
                caller.sendall(header)
                got = await receive(called, "127.0.0.1")
            if got.introduction != said:
                pytest.fail(f"{header!r} has an address and port 0, and was taken for {got}")


@step(3)
@pytest.mark.parametrize("header", [LINE, BINARY], ids=["v1", "v2"])
async def test_who_has_no_address_is_trusted_as_unix(header: bytes) -> None:
    """Over a UNIX socket comes a header: believed if "unix" is trusted, and else data.

    Why: the proxy before you may be on the same machine, and have no address.
    Read: Step 3, "Whom to believe".
    """
    for trusted in (("unix",), ("127.0.0.0/8", "unix")):
        got = await receive_unix(header + b"rose", *trusted)
        if got != Caller(ROSE, b"rose"):
            pytest.fail(f'"unix" is trusted, and {header!r} over a UNIX socket is taken for {got}')
    for others in ((), ("0.0.0.0/0", "::/0")):
        got = await receive_unix(header + b"rose", *others)
        if got != Caller(UNKNOWN):
            pytest.fail(f'"unix" is not trusted, and {header!r} over a UNIX socket makes it {got}')


@step(3)
async def test_who_has_no_address_is_unix_in_the_log() -> None:
    """Over a trusted UNIX socket comes no header: NotIntroduced, with "unix" in the message.

    Why: an address that is not there leaves a hole in the log where a name could stand.
    Read: Step 3, "Whom to believe".
    """
    try:
        got = await receive_unix(b"GET / HTTP/1.1\r\n\r\n", "unix")
    except NotIntroduced as error:
        if "unix" not in str(error):
            pytest.fail(f"it came over a UNIX socket, and the log says: {error}")
    else:
        pytest.fail(f"over a UNIX socket came no header, and it was let in: {got}")


@step(3)
async def test_who_is_trusted_and_says_nothing_is_not_let_in() -> None:
    """From a trusted address comes no header: NotIntroduced, with the address in the message.

    Why: the receiver "MUST not try to guess whether the protocol header is present or not".
    Read: Step 3, "Whom to believe".
    """
    for data in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"PROXY HTTP\r\n"):
        with call() as (caller, called):
            caller.sendall(data)
            try:
                got = await receive(called, "127.0.0.1")
            except NotIntroduced as error:
                if "127.0.0.1" not in str(error):
                    pytest.fail(f"the log should say who it was, and says: {error}")
            else:
                pytest.fail(f"{data!r} is no header, and it was let in: {got}")


@step(3)
@pytest.mark.parametrize("header", [LINE, BINARY], ids=["v1", "v2"])
def test_a_header_in_pieces_is_a_header(header: bytes) -> None:
    """A header that comes a byte at a time is read as one that comes at once.

    Why: "nothing forces any intermediary to forward the whole header at once".
    Read: Step 3, "Whom to believe".
    """
    pieces = [header[n : n + 1] for n in range(len(header))]
    for said in (pieces, [header[:1], header[1:]], [header[:-1], header[-1:]]):
        got = is_received(*said, every=0.01)
        if got != Caller(ROSE):
            pytest.fail(f"the header came in {len(said)} pieces, and it is taken for {got}")


@step(3)
@pytest.mark.parametrize("header", [LINE, BINARY], ids=["v1", "v2"])
def test_there_is_one_time_for_the_whole_header(header: bytes) -> None:
    """A proxy has so many seconds for its header, in however many pieces: then NotIntroduced.

    Why: a byte a second, for as long as there is a next one, and your room is full of waiters.
    Read: Step 3, "Whom to believe".
    """
    got = is_received(*(header[n : n + 1] for n in range(28)), every=1.0)
    if isinstance(got, Caller):
        pytest.fail(f"a header has {SECONDS:g} s, this one took 28, and it was let in")
    silent = is_received(b"", every=100.0)
    if isinstance(silent, Caller):
        pytest.fail("nothing was said at all, and it was let in")
    for late in (got, silent):
        if "127.0.0.1" not in late:
            pytest.fail(f"it was too late, the log should say who, and it says: {late}")


@step(3)
async def test_who_leaves_before_the_end_is_not_let_in() -> None:
    """The connection ends or is reset within the header: NotIntroduced.

    Why: the rest of it will never come. Health checks of other balancers do that all day.
    Read: Step 3, "Whom to believe".
    """
    for said in (b"", LINE[:10], BINARY[:20]):
        for is_reset in (False, True):
            with call() as (caller, called):
                caller.sendall(said)
                if is_reset:
                    break_off(caller)
                else:
                    caller.shutdown(socket.SHUT_WR)
                async with asyncio.timeout(SECONDS / 2):
                    try:
                        got = await receive(called, "127.0.0.1")
                    except NotIntroduced as error:
                        if "127.0.0.1" not in str(error):
                            pytest.fail(f"it left, the log should say who, and it says: {error}")
                        continue
                    except OSError:
                        continue
                pytest.fail(f"it left within its header, and was let in: {got}")
