"""Contender: what the comparison needs to know of a proxy."""

import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.compare.processes import Running
from bench.compare.upstreams import Upstream

CONNECT = 1
"""Seconds until a connection to an upstream stands."""

SILENCE = 2
"""Seconds that an upstream may be silent: twice what a slow answer of it should take."""

OUT = 5
"""Seconds that an upstream is left alone after its requests failed, where that is a time."""

CHECK = 1
"""Seconds from one check of an upstream to the next, and for its answer."""

RETRIES = 2
"""Tries after the first: then each of the three was asked."""


class NoDrain(Exception):
    """The proxy cannot drain an upstream; the text says why."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a proxy is given: a folder of its own, a port to listen at, and the upstreams."""

    folder: Path
    port: int
    upstreams: Sequence[Upstream]


class Contender(Protocol):
    """A proxy, and how to run it."""

    name: str
    package: str
    """Debian's package; empty for what is here anyway."""
    in_vain: re.Pattern[str]
    """What is in each line of its log that tells of a try that came to nothing."""
    settings: str
    """The settings that matter here, in a line."""

    async def version(self) -> str | None:
        """Its version; None where it is not installed."""

    def command(self, stage: Stage) -> tuple[Sequence[str], Mapping[str, str]]:
        """The command that runs it in the foreground, and its environment. Writes its files."""

    async def drain(self, stage: Stage, program: Running, upstream: Upstream) -> None:
        """Takes an upstream out as its pages say; what runs may end. May raise NoDrain."""


def free_port() -> int:
    """A port of 127.0.0.1 that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])
