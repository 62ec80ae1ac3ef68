"""What is measured of a relay, by a client and an upstream that are written in C."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.relays.contenders import Contender, Missing

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(__file__).with_name("load.c")
PATIENCE = 60.0
"""Seconds that one measurement may take."""

PINGING = 32
"""Connections that have a question under way."""

CONNECTING = 16
"""Connections that begin or end at once."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much is measured: seconds each, bytes at once, and connections that do nothing."""

    seconds: float
    size: float
    idle: int


@dataclass(frozen=True, slots=True)
class Cost:
    """How much there was in a second, and the processor's time for each, in seconds."""

    rate: float
    each: float


class Relay:
    """A contender that runs, between our client and our upstream."""

    def __init__(self, pid: int, load: Path, echo: int, sink: int) -> None:
        """`echo` and `sink`: the ports that lead to those of the upstream."""
        self._pid, self._load, self._echo, self._sink = pid, load, echo, sink

    def measured(self, amounts: Amounts) -> dict[str, Cost]:
        """One round."""
        seconds = str(amounts.seconds)
        return {
            "bulk": self._cost("bulk", self._sink, str(amounts.size)),
            "ping": self._cost("ping", self._echo, str(PINGING), seconds),
            "end": self._cost("connect", self._echo, str(CONNECTING), seconds, "end"),
            "reset": self._cost("connect", self._echo, str(CONNECTING), seconds, "reset"),
        }

    def _cost(self, verb: str, port: int, *words: str) -> Cost:
        """What one run of the client costs the relay."""
        before = processor_time(self._pid)
        rate, count = said(str(self._load), verb, str(port), *words).split()
        return Cost(float(rate), (processor_time(self._pid) - before) / float(count))

    def idle(self, connections: int) -> float:
        """Bytes of memory for each of so many connections."""
        before = memory(self._pid)
        command = [str(self._load), "idle", str(self._echo), str(connections)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holding:
            assert holding.stdin
            assert holding.stdout
            if int(holding.stdout.readline() or 0) != connections:
                raise RuntimeError(f"{connections} connections at once were not to be had")
            each = (memory(self._pid) - before) / connections
            holding.stdin.close()
        return each


def processor_time(pid: int) -> float:
    """Seconds that a process has computed: for itself, and in the kernel."""
    words = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> int:
    """Bytes of a process that are in memory."""
    words = Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()
    return int(words[1]) * os.sysconf("SC_PAGE_SIZE")


def compiled(folder: Path) -> Path:
    """The client and upstream, compiled. Raises Missing when there is no compiler, or no Linux."""
    if not Path("/proc/self/statm").exists():
        raise Missing("Linux, which says in /proc what a process costs")
    compiler = shutil.which("cc")
    if not compiler:
        raise Missing("a C compiler: apt-get install gcc libc6-dev")
    program = folder / "load"
    done = subprocess.run(
        [compiler, "-O2", "-o", str(program), str(SOURCE)],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Missing(f"headers of C (apt-get install libc6-dev): {done.stderr.strip()}")
    return program


def said(*command: str) -> str:
    """What a command writes. Raises RuntimeError, with what it says, when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    return done.stdout


@contextlib.contextmanager
def free_ports(count: int) -> Iterator[list[int]]:
    """Ports that the kernel offers to nobody; whoever asks for one by its number gets it."""
    with contextlib.ExitStack() as open_:
        socks = [open_.enter_context(socket.socket()) for _ in range(count)]
        for sock in socks:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(("127.0.0.1", 0))
        yield [int(sock.getsockname()[1]) for sock in socks]


@contextlib.contextmanager
def running(command: Sequence[str], log: Path) -> Iterator[int]:
    """Runs a program; yields its process's id."""
    with log.open("w") as written:
        process = subprocess.Popen(command, cwd=ROOT, stdout=written, stderr=subprocess.STDOUT)
        try:
            yield process.pid
        finally:
            process.kill()
            process.wait()


@contextlib.contextmanager
def relays(contenders: Sequence[Contender]) -> Iterator[dict[str, Relay]]:
    """Runs them all, before one upstream. Raises Missing; RuntimeError when one does not start."""
    with contextlib.ExitStack() as open_:
        folder = Path(open_.enter_context(tempfile.TemporaryDirectory()))
        load = compiled(folder)
        echo, sink, *ports = open_.enter_context(free_ports(2 + 2 * len(contenders)))
        upstream = [str(load), "upstream", str(echo), str(sink)]
        open_.enter_context(running(upstream, folder / "upstream.log"))
        wait_for(echo, folder / "upstream.log")
        found = {}
        for number, contender in enumerate(contenders):
            own = folder / str(number)
            own.mkdir()
            pair = ports[2 * number], ports[2 * number + 1]
            command = contender.command(own, [(pair[0], echo), (pair[1], sink)])
            pid = open_.enter_context(running(command, own / "log"))
            for port in pair:
                wait_for(port, own / "log")
            found[contender.name] = Relay(pid, load, *pair)
        yield found


def wait_for(port: int, log: Path) -> None:
    """Waits until somebody listens there. Raises RuntimeError, with the log, when nobody does."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nobody listens at {port}: {log.read_text(errors='replace')}")
