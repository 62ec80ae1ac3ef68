"""A client that is told which of its lines are safe."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace

from reverseproxy.lines.batch import Batch
from reverseproxy.lines.client import Client
from reverseproxy.lines.connection import close
from reverseproxy.lines.intake import Intake
from reverseproxy.lines.ledger import Ledger
from reverseproxy.lines.owed import Owed
from reverseproxy.tcp.poller import Poller


class AcknowledgedClient(Client):
    """Reads lines, and writes "ACK 250" when the first 250 of them need this client no more."""

    def __init__(
        self,
        sock: socket.socket,
        poller: Poller,
        longest: int,
        intake: Intake,
        ledger: Ledger,
        gone: Callable[[Client], object],
    ) -> None:
        """As for any client."""
        super().__init__(sock, poller, longest, intake, ledger, gone)
        self._owed = Owed(self._tell_soon)
        self._told = 0
        """The number that it was told last."""
        self._words = b""
        """What is left to send of that: its connection had no room."""
        self._is_to_tell = False
        """Whether there is a new number, which is going to be told."""
        self._is_at_end = False
        """Whether nothing more is read."""

    def _accept(self, batch: Batch) -> None:
        """These lines are whole, and ours now."""
        super()._accept(replace(batch, settled=self._owed.add(batch.lines)))

    def _refuse(self, lines: int, reason: str) -> None:
        """These are lost, and the ledger has it, as for any client and any reason.

        They would be so again: the client need not keep them. So they are safe, in their place.
        """
        super()._refuse(lines, reason)
        self._owed.add(lines)()

    def _tell_soon(self) -> None:
        """A new number: it is told when all that happens now has happened."""
        if not self._is_to_tell:
            self._is_to_tell = True
            asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        """Tells the latest number. If the client does not listen, a later one does for all."""
        self._is_to_tell = False
        if self._is_gone:
            return
        try:
            while self._words or self._told < self._owed.safe:
                if not self._words:
                    self._told = self._owed.safe
                    self._words = b"ACK %d\n" % self._told
                self._words = self._words[self._sock.send(self._words) :]
        except BlockingIOError:
            self._poller.add_writer(self._sock.fileno(), self._tell)
            return
        except OSError:
            self._end()
            return
        self._poller.remove_writer(self._sock.fileno())
        self._look()

    def _at_end(self) -> None:
        """The client has sent everything, and waits for what it is owed."""
        if self._is_gone:
            return
        self._is_at_end = True
        self._intake.forget(self.start)
        self._poller.remove_reader(self._sock.fileno())
        self._look()

    def _leave(self) -> None:
        """Nothing more is read; but the client hears of what was."""
        self._at_end()

    def _look(self) -> None:
        """Ends it, in good order, if nothing more is read, nothing is owed, and all is said.

        It is not while a new number is going to be told, or some of the last one has not gone.
        """
        if self._is_at_end and not self._owed and not self._is_to_tell and not self._words:
            self._end()

    def _end(self, close: Callable[[socket.socket], object] = close) -> None:
        """There is nothing more to come, and nothing more to say."""
        if not self._is_gone:
            self._poller.remove_writer(self._sock.fileno())
        super()._end(close)
