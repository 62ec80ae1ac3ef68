"""Flows whose bytes stay in the kernel, and what happens where they cannot."""

import asyncio
import errno
import fcntl
import hashlib
import inspect
import os
import re
import select
import socket
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reverseproxy import SplicedFlow, Target, TcpProxy
from reverseproxy.tcp import splice
from reverseproxy.tcp.flow import SIZE
from reverseproxy.tcp.poller import Call
from reverseproxy.tcp.relay import Relay
from reverseproxy.tcp.sockets import reset

pytestmark = pytest.mark.skipif(not hasattr(os, "splice"), reason="only Linux has splice(2)")

TURNS = 20_000


class Turns:
    """A poller whose turns the test takes."""

    def __init__(self) -> None:
        self.readers: dict[int, Call] = {}
        self.writers: dict[int, Call] = {}

    def add_reader(self, fd: int, call: Call, /) -> None:
        self.readers[fd] = call

    def remove_reader(self, fd: int, /) -> None:
        self.readers.pop(fd, None)

    def add_writer(self, fd: int, call: Call, /) -> None:
        self.writers[fd] = call

    def remove_writer(self, fd: int, /) -> None:
        self.writers.pop(fd, None)

    def take(self) -> bool:
        """Calls those who wait for what has happened; whether there was anybody."""
        read, write, _ = select.select(list(self.readers), list(self.writers), [], 0)
        for calls, fds in ((self.readers, read), (self.writers, write)):
            for fd in fds:
                if call := calls.get(fd):
                    call()
        return bool(read or write)


def pair() -> tuple[socket.socket, socket.socket]:
    """Both ends of a connection over TCP."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = socket.create_connection(server.getsockname())
        far, _ = server.accept()
    for sock in (near, far):
        sock.setblocking(False)
    return near, far


class Line:
    """A client, an upstream, and a relay between them."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.client, near = pair()
        far, self.upstream = pair()
        self.ended: list[Relay] = []
        self.relay = Relay(near, far, self.turns, self.ended.append, SplicedFlow)
        self.relay.start()

    def close(self) -> None:
        """Ends it, if it has not."""
        if not self.ended:
            self.relay.end(reset)
        self.client.close()
        self.upstream.close()

    def until(self, is_so: Callable[[], bool]) -> None:
        """Takes turns until something is so."""
        for _ in range(TURNS):
            if is_so():
                return
            self.turns.take()
        pytest.fail("it did not come to that")

    def settle(self) -> None:
        """Takes turns until there are none to be taken for some time."""
        quiet = 0
        for _ in range(TURNS):
            quiet = 0 if self.turns.take() else quiet + 1
            if quiet > 50:
                return
        pytest.fail("there was always something to do")


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.close()


@pytest.fixture(autouse=True)
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[splice.Pool]:
    """Pipes for this test, none of which may be left."""
    before = pipes()
    pool = splice.Pool(splice.PIPES, splice.SPARE)
    monkeypatch.setattr(splice, "POOL", pool)
    yield pool
    assert pool.held == 0, "a pipe is still held"
    pool.close()
    assert pipes() == before, "a pipe is still open"


def pipes() -> int:
    """How many ends of pipes this process has."""
    found = 0
    for link in Path("/proc/self/fd").iterdir():
        try:
            found += str(link.readlink()).startswith("pipe:")
        except OSError:  # the folder's own
            continue
    return found


def send(sock: socket.socket, data: bytes) -> int:
    """Sends what goes; how much that was."""
    try:
        return sock.send(data)
    except BlockingIOError:
        return 0


def carry(line: Line, data: bytes) -> bytes:
    """Sends it through, to its end; what came out."""
    left, came, has_ended = memoryview(data), bytearray(), False
    for _ in range(TURNS):
        left = left[send(line.client, bytes(left[:SIZE])) :] if left else left
        if not left and not has_ended:
            line.client.shutdown(socket.SHUT_WR)
            has_ended = True
        line.turns.take()
        try:
            piece = line.upstream.recv(SIZE)
        except BlockingIOError:
            continue
        if not piece:
            return bytes(came)
        came += piece
    pytest.fail("there was no end")


def read_all(sock: socket.socket) -> None:
    """Reads until there is an end, or nothing. Raises OSError."""
    while sock.recv(SIZE):
        pass


def fill(line: Line) -> int:
    """Sends until nothing more is taken, and nobody reads; how much went."""
    total, refused = 0, 0
    while refused < 50:
        count = send(line.client, bytes(SIZE))
        refused = 0 if count else refused + 1
        total += count
        line.settle()
    return total


def test_large_pieces_are_moved_and_small_ones_are_copied(
    line: Line, pool: splice.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[int] = []
    real = splice.splice

    def noted(source: int, sink: int, count: int) -> int:
        moved.append(real(source, sink, count))
        return moved[-1]

    monkeypatch.setattr(splice, "splice", noted)
    for _ in range(20):
        line.client.send(b"x" * 1024)
        line.settle()
        assert len(line.upstream.recv(SIZE)) == 1024
    assert moved == [], "they are too small for a pipe"
    data = os.urandom(16 << 20)
    assert carry(line, data) == data
    assert sum(moved) > len(data), "most of it goes through a pipe, in and out"


@settings(max_examples=15, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 3_000_000), min_size=1, max_size=4),
    capacity=st.sampled_from([4096, 65_536, 1_048_576]),
    large=st.sampled_from([1, 4096, splice.LARGE]),
)
def test_what_comes_out_is_what_went_in(sizes: list[int], capacity: int, large: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splice, "CAPACITY", capacity)
        patch.setattr(splice, "LARGE", large)
        line = Line()
        try:
            data = b"".join(os.urandom(size) for size in sizes)
            assert hashlib.sha256(carry(line, data)).digest() == hashlib.sha256(data).digest()
        finally:
            line.close()
            splice.POOL.close()


def test_an_end_goes_on_and_the_other_direction_stays(line: Line, pool: splice.Pool) -> None:
    data = os.urandom(4 << 20)
    assert carry(line, data) == data
    assert not line.ended
    line.upstream.send(b"an answer")
    line.settle()
    assert line.client.recv(100) == b"an answer"
    line.upstream.close()
    line.until(lambda: bool(line.ended))
    assert line.client.recv(100) == b""


def test_a_reader_that_stops_stops_the_sender(line: Line, pool: splice.Pool) -> None:
    total = fill(line)
    assert pool.held == 1, "it has what the sink did not take"
    assert send(line.client, b"x") == 0
    came = 0
    for _ in range(TURNS):
        try:
            came += len(line.upstream.recv(SIZE))
        except BlockingIOError:
            line.turns.take()
        if came == total:
            break
    assert came == total
    line.settle()
    assert pool.held == 0, "it is held only while something is in it"


@pytest.mark.parametrize("who", ["client", "upstream"])
def test_a_break_ends_both_and_gives_up_the_pipe(line: Line, pool: splice.Pool, who: str) -> None:
    fill(line)
    assert pool.held == 1
    reset(line.client if who == "client" else line.upstream)
    line.settle()
    line.relay.tick()  # nobody reads from the client: it is asked
    assert line.ended
    assert pool.held == 0
    other = line.upstream if who == "client" else line.client
    with pytest.raises(ConnectionResetError):
        read_all(other)


def test_a_relay_that_is_cut_off_gives_up_its_pipe(line: Line, pool: splice.Pool) -> None:
    fill(line)
    line.relay.end(reset)
    assert pool.held == 0


def test_without_descriptors_it_copies(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> tuple[int, int]:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(os, "pipe2", refuse)
    data = os.urandom(4 << 20)
    assert carry(line, data) == data


def test_a_pipe_that_may_not_be_large_is_a_small_one(
    line: Line, pool: splice.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fcntl.fcntl

    def refuse(fd: int, what: int, value: int = 0) -> int:
        if what == fcntl.F_SETPIPE_SZ:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        return int(real(fd, what, value))

    monkeypatch.setattr(fcntl, "fcntl", refuse)
    pipe = pool.take()
    assert pipe
    assert 0 < pipe.size < splice.CAPACITY
    pool.give_back(pipe)
    data = os.urandom(4 << 20)
    assert carry(line, data) == data


@pytest.mark.parametrize("number", splice.FORBIDDEN)
def test_a_system_that_does_not_let_us_is_asked_once(
    line: Line, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    asked: list[int] = []

    def refuse(source: int, sink: int, count: int) -> int:
        asked.append(source)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(splice, "splice", refuse)
    data = os.urandom(4 << 20)
    assert carry(line, data) == data
    assert len(asked) == 1


def test_where_there_is_no_splice_it_is_a_flow_like_any_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "splice")
    line = Line()
    data = os.urandom(4 << 20)
    assert carry(line, data) == data
    line.close()


def test_there_are_no_more_pipes_than_the_pool_allows() -> None:
    pool = splice.Pool(most=2, spare=1)
    one, two = pool.take(), pool.take()
    assert one
    assert two
    assert pool.take() is None
    pool.give_back(one)
    pool.give_back(two)
    assert pool.held == 0
    assert pool.take() is one, "that was kept; the other was one too many"
    pool.throw_away(one)
    assert pool.held == 0


async def test_a_proxy_moves_what_it_is_told_to_move(pool: splice.Pool) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(SIZE):
            writer.write(piece)
            await writer.drain()
        writer.close()

    data = os.urandom(8 << 20)
    upstream = await asyncio.start_server(echo, "127.0.0.1", 0)
    place = upstream.sockets[0].getsockname()
    sock = socket.create_server(("127.0.0.1", 0))
    address = sock.getsockname()
    proxy = TcpProxy(Target([f"tcp://127.0.0.1:{place[1]}"]), flow=SplicedFlow)
    async with asyncio.timeout(20), upstream:
        serving = asyncio.ensure_future(proxy.serve(listen=sock))
        reader, writer = await asyncio.open_connection(*address)

        async def put() -> None:
            writer.write(data)
            await writer.drain()
            writer.write_eof()

        sending = asyncio.ensure_future(put())
        assert await reader.read(-1) == data
        await sending
        writer.close()
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving


def test_the_page_shows_the_loop_as_it_is() -> None:
    page = Path(__file__).resolve().parents[2] / "docs/appendix/splice.md"
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    shown = [block for block in blocks if "self" in block]
    assert shown
    for block in shown:
        assert textwrap.indent(block, " " * 12) in inspect.getsource(SplicedFlow)
