"""Ports 8000 to 8099 of a page, and the free ones that stand for them while the page runs."""

from __future__ import annotations

import random
import re
import socket
import threading
from pathlib import Path

ON_PAGE = re.compile(r"(?<![\d.])80\d\d(?!\d)")
FOUR_DIGITS = range(1100, 10_000)
TABLES = Path("/proc/net")
LISTEN = "0A"
CHOOSING = threading.Lock()
TAKEN: set[int] = set()
"""The free ports of all pages that are running: no two pages have the same one."""


class Ports:
    """Maps the ports of one page to free ones and back. Use it as a context manager.

    The free ports have four digits too: a Content-Length that counts one stays what the page says.
    """

    def __init__(self, avoid: str = "", choose: random.Random | None = None) -> None:
        """The numbers in `avoid` are not chosen, so that mapping back changes no other number."""
        self._real: dict[int, int] = {}
        self._avoid = {int(number) for number in re.findall(r"\d+", avoid)}
        self._choose = choose or random.Random()

    def __enter__(self) -> Ports:
        return self

    def __exit__(self, *_: object) -> None:
        TAKEN.difference_update(self._real.values())

    def to_real(self, text: str) -> str:
        """The text with every port of the page replaced by the free one."""
        return ON_PAGE.sub(lambda found: str(self.real(int(found[0]))), text)

    def to_page(self, text: str) -> str:
        """The text with every free port replaced by the page's."""
        for page, real in self._real.items():
            text = re.sub(rf"(?<!\d){real}(?!\d)", str(page), text)
        return text

    def real(self, page: int) -> int:
        """The free port for a port of the page; the same one every time."""
        if page not in self._real:
            self._real[page] = self._free()
        return self._real[page]

    def among(self, text: str) -> list[int]:
        """The free ports that stand for the ports in a text of the page."""
        return [self.real(int(found)) for found in ON_PAGE.findall(text)]

    def _free(self) -> int:
        for port in self._choose.sample(FOUR_DIGITS, len(FOUR_DIGITS)):
            if port in self._avoid or ON_PAGE.fullmatch(str(port)):
                continue
            with CHOOSING:
                if port not in TAKEN and is_free(port):
                    TAKEN.add(port)
                    return port
        raise OSError("every port from 1100 to 9999 is in use")


def is_free(port: int) -> bool:
    """Whether a server could listen on the port of this machine now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def is_listening(port: int) -> bool:
    """Whether somebody listens on the port, found without a call: `nc -l` takes one only.

    Where the system has no table to read (it is Linux's), the answer is yes.
    """
    if not TABLES.exists():
        return True
    return any(
        int(row[1].rpartition(":")[2], 16) == port and (name.startswith("udp") or row[3] == LISTEN)
        for name in ("tcp", "tcp6", "udp", "udp6")
        if (table := TABLES / name).exists()
        for row in map(str.split, table.read_text().splitlines()[1:])
    )
