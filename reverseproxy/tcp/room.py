"""Room: how many connections there can be at once."""

import resource

from reverseproxy.errors import ConfigurationError
from reverseproxy.settings import check_count

EACH = 2
"""Open files of a connection: the client's socket and the upstream's."""

OTHERS = 256
"""Open files that the rest of the program may need: probes, pipes, logs."""

USUAL = 10_000


def room_for(wanted: int | None) -> int:
    """How many connections there may be: as many as wanted, or 10,000, or fewer if that must be.

    The limit of open files is raised for them, as far as the system lets us.

    Raises ConfigurationError when that is not enough for what is wanted.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = (hard - OTHERS) // EACH if hard != resource.RLIM_INFINITY else 2**31
    if wanted is not None:
        check_count("max_connections", wanted, 1, 10_000_000)
        if wanted > most:
            allowed = f"is at most {most} here: each has two open files (ulimit -Hn says {hard})"
            raise ConfigurationError("max_connections", wanted, allowed)
    room = min(USUAL, most) if wanted is None else wanted
    allow_files(room * EACH + OTHERS)
    return room


def allow_files(needed: int) -> None:
    """Raises the limit of open files to that, if it is lower. The hard limit allows as many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
