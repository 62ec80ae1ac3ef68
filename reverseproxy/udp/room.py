"""Room: how many sessions there can be at once."""

import re
import resource
from pathlib import Path

from reverseproxy.errors import ConfigurationError
from reverseproxy.settings import check_count
from reverseproxy.tcp.room import allow_files

OTHERS = 256
"""Open files, and ports, that the rest of the program and of the machine may need."""

USUAL = 16_384

PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
"""The first and the last port that Linux gives to who asks for any, of IPv4 or IPv6.

`connect` takes one for all addresses of the machine at once, and whatever else connects to somebody
over UDP takes from the same.
"""


def room_for(wanted: int | None) -> int:
    """How many sessions there may be: as many as wanted, or 16,384, or fewer if that must be.

    Each has a socket of its own, with an open file and a port. The limit of open files is raised
    for them, as far as the system lets us; the one of ports is not ours to raise.

    Raises ConfigurationError when one of the two is not enough for what is wanted.
    """
    most, limit = min((files(), "open files (ulimit -Hn)"), (ports(), f"ports ({PORTS})"))
    if wanted is not None:
        check_count("max_sessions", wanted, 1, 10_000_000)
        if wanted > most:
            raise ConfigurationError("max_sessions", wanted, f"is at most {most} here, for {limit}")
    room = min(USUAL, most) if wanted is None else wanted
    allow_files(room + OTHERS)
    return room


def files() -> int:
    """Sessions for which there can be open files."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(hard - OTHERS, 1) if hard != resource.RLIM_INFINITY else 2**31


def ports() -> int:
    """Sessions for which there are ports; what Linux usually has, where nobody says."""
    try:
        first, last = re.findall(r"[0-9]+", PORTS.read_text(encoding="ascii"))
    except (OSError, ValueError):
        first, last = "32768", "60999"
    return max(int(last) - int(first) + 1 - OTHERS, 1)
