"""The switchboard: who talks to whom, and each datagram to where it belongs."""

import asyncio
import functools
import logging

from reverseproxy.errors import ConnectFailed, ExchangeError, NothingLeft, NoUpstreamAvailable
from reverseproxy.http.outgoing import reason
from reverseproxy.sessions import Sessions, is_left
from reverseproxy.target import Target
from reverseproxy.tcp.poller import Poller
from reverseproxy.udp.addresses import Addresses
from reverseproxy.udp.counts import DatagramCounts, Drop
from reverseproxy.udp.listener import BUFFER, VIEW, Listener
from reverseproxy.udp.talk import Talk, Wire, dial, meaning, send

logger = logging.getLogger(__name__)

MOST_ASKED = 64
"""Datagrams of one listener that are taken before the others have their turn."""

MOST_ANSWERS = 16
"""The same for the upstream of one session, if it sends in bursts. Of others, it is one."""

BURSTS = 1.5
"""Answers to a datagram, on average; an upstream with more than that sends in bursts.

To look for another one where there is none costs a tenth of a round trip each time.
"""

OVER = ExchangeError("the session has ended")
"""How a session ends says nothing about the upstream, not even that it was good."""


class Switchboard:
    """The sessions of those who send to some listeners, and the ways between both sides."""

    def __init__(
        self,
        target: Target,
        sessions: Sessions[Talk],
        poller: Poller,
        addresses: Addresses,
        counts: DatagramCounts,
    ) -> None:
        self._target, self._sessions, self._poller = target, sessions, poller
        self._addresses, self._counts = addresses, counts
        self._now = asyncio.get_running_loop().time
        self.is_closed = False
        """Whether new clients are turned away."""

    def __len__(self) -> int:
        """How many sessions there are."""
        return len(self._sessions)

    def take(self, listener: Listener) -> None:
        """Clients have sent something."""
        now = self._now()
        for _ in range(MOST_ASKED):
            try:
                size, client, local = listener.receive()
            except OSError:  # there is nothing more
                return
            try:
                talk = self._sessions.find((listener, client, local), now)
                if talk is None:
                    self._meet(Talk(listener, client, local), local, VIEW[:size], now)
                else:
                    self._ask(talk, VIEW[:size])
            except Exception:  # a policy may be anybody's code
                if not self._counts.dropped[Drop.BROKEN]:  # one is enough: there may be thousands
                    logger.exception("a datagram was not passed on")
                self._counts.dropped[Drop.BROKEN] += 1

    def _meet(self, talk: Talk, local: bytes, data: memoryview, now: float) -> None:
        """A new client: it has a session if its datagram goes to an upstream."""
        if self.is_closed:
            self._counts.dropped[Drop.STOPPING] += 1
        elif talk.listener.is_own(talk.client, local):
            self._counts.dropped[Drop.OWN] += 1
        elif not self._ask(talk, data):
            self._unplug(talk, OVER)
        else:
            self._counts.sessions += 1
            if evicted := self._sessions.add(talk, now):
                self._counts.evicted += 1
                self._unplug(evicted, OVER)

    def _ask(self, talk: Talk, data: memoryview) -> bool:
        """Sends a client's datagram to its upstream, and returns whether it went.

        A session whose upstream is to be left (`is_left`) is unplugged first: it is OVER there. One
        that `is_last_resort` stays. Where the upstream turns out to have refused, another gets the
        datagram, or the same if there is no other; but there is no third try. What did not go is
        counted, once, under the last reason.
        """
        wire = talk.wire
        if wire and is_left(wire.lease.upstream.facts) and not wire.is_last_resort:
            self._unplug(talk, OVER)
        why = self._try(talk, data)
        if why is Drop.REFUSED:
            why = self._try(talk, data)
        if why:
            self._counts.dropped[why] += 1
        return why is None

    def _try(self, talk: Talk, data: memoryview) -> Drop | None:
        """Sends once. Returns why it did not go, if so."""
        try:
            wire = talk.wire or self._plug(talk)
            send(wire.sock, data)
        except OSError as error:
            return self._failed(talk, error)
        except ConnectFailed:
            return Drop.REFUSED
        except NothingLeft:
            return Drop.NOTHING_LEFT
        except NoUpstreamAvailable:
            return Drop.NO_UPSTREAM
        talk.asked += 1
        self._counts.sent += 1
        return None

    def _answers(self, talk: Talk, wire: Wire) -> None:
        """The upstream of a session has sent something, or somebody has said that it is not there.

        That was about a datagram that had gone out, and is lost.
        """
        now = self._now()
        for _ in range(MOST_ANSWERS if talk.answers > BURSTS * talk.asked else 1):
            try:
                size = wire.sock.recv_into(BUFFER)
            except BlockingIOError:
                return
            except OSError as error:
                self._counts.dropped[self._failed(talk, error)] += 1
                return
            self._answer(talk, VIEW[:size])
            if self._sessions.answered(talk, now):
                self._unplug(talk, OVER if wire.has_answered else None)
                return
            if not wire.has_answered:
                wire.has_answered, talk.refused = True, ()
                # This is what health hears of, and now. What comes after it is a use of its own.
                wire.lease.__exit__(None, None, None)
                wire.lease.__enter__()

    def _answer(self, talk: Talk, data: memoryview) -> None:
        """Sends an upstream's datagram to the client."""
        try:
            talk.listener.send(data, talk.client, talk.source)
        except OSError as error:
            why = meaning(error)
            self._counts.dropped[Drop.UNDELIVERABLE if why is Drop.REFUSED else why] += 1
        else:
            self._counts.answered += 1

    def _plug(self, talk: Talk) -> Wire:
        """Gives a session an upstream. Raises as `dial` does."""
        talk.wire = wire = dial(talk, self._target, self._addresses)
        self._poller.add_reader(wire.sock.fileno(), functools.partial(self._answers, talk, wire))
        return wire

    def _failed(self, talk: Talk, error: OSError) -> Drop:
        """Returns the `meaning` of an error. Where it is REFUSED, the session leaves at once.

        It is unplugged, and to health that is a ConnectFailed with the error's `reason`. Its talk
        notes one more upstream that has refused, and the addresses hear which of theirs it was.
        The session itself stays: with its next datagram it goes to another upstream, from where it
        will not come back. Any other error is over with its datagram, and changes nothing.
        """
        why = meaning(error)
        if why is Drop.REFUSED and (wire := talk.wire):
            talk.refused = (*talk.refused, wire.lease.upstream)
            self._addresses.refused(wire.lease.upstream, wire.address)
            self._unplug(talk, ConnectFailed(reason(error)))
        return why

    def _unplug(self, talk: Talk, why: Exception | None) -> None:
        """Takes a session's upstream away, if it has one. Health hears why; None: all is well."""
        wire, talk.wire = talk.wire, None
        talk.asked = talk.answers = 0  # whom it has asked will not answer any more
        if wire:
            self._poller.remove_reader(wire.sock.fileno())
            wire.sock.close()
            wire.lease.__exit__(type(why) if why else None, why, None)

    def end_quiet(self, seconds: float, now: float) -> int:
        """Ends the sessions that have been quiet for so long. Returns how many that were."""
        ended = self._sessions.quiet_for(seconds, now)
        for talk in ended:
            self._unplug(talk, OVER)
        return len(ended)
