"""Talk: a session, and the wire to its upstream."""

import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from reverseproxy.errors import ConnectFailed, NothingLeft, NoUpstreamAvailable
from reverseproxy.forwarded import ip
from reverseproxy.http.outgoing import is_ours, reason
from reverseproxy.keys import Key
from reverseproxy.lease import Lease
from reverseproxy.sessions import Session, is_left
from reverseproxy.target import Target
from reverseproxy.tcp.names import Address
from reverseproxy.udp.addresses import Addresses
from reverseproxy.udp.counts import Drop
from reverseproxy.udp.listener import Client, Listener, sent_from
from reverseproxy.upstream import Upstream

FITS = 65_507
"""Bytes that fit into a datagram, over IPv4 and over IPv6."""

Known = list[tuple[object, ...]]
"""Of each upstream, what `is_left` goes by."""


def known_of(target: Target) -> Known:
    """That, as it is now."""
    all_facts = (upstream.facts for upstream in target.upstreams)
    return [(facts.admin, facts.is_up, facts.ejected_until) for facts in all_facts]


@dataclass(slots=True, eq=False)
class Wire:
    """A use of an upstream, entered, and a socket that is connected with it: it hears no other."""

    lease: Lease
    sock: socket.socket
    address: Address
    target: Target
    known: Known | None
    """If it was selected though it is to be left: what was known of all upstreams then."""
    has_answered: bool = False

    @property
    def is_last_resort(self) -> bool:
        """Whether it was selected though it is to be left, for a trial or for want of another.

        That is an excuse as long as nothing else is known of any upstream: somebody may be better
        now, and whether that is so, the target decides.
        """
        return self.known is not None and self.known == known_of(self.target)


class Talk(Session):
    """A session, and what of the system belongs to it."""

    __slots__ = ("client", "listener", "refused", "source", "wire")

    def __init__(self, listener: Listener, client: Client, local: bytes) -> None:
        """`local`: our address that the client used, if the listener has several."""
        super().__init__((listener, client, local))
        self.listener, self.client = listener, client
        self.source = sent_from(local)
        self.wire: Wire | None = None
        self.refused: Sequence[Upstream] = ()
        """Upstreams that it had to leave since its last answer."""


def dial(talk: Talk, target: Target, addresses: Addresses) -> Wire:
    """A wire to the upstream that is selected now.

    Raises NoUpstreamAvailable; ConnectFailed, when there is no way to that upstream, which then
    counts as one that has refused; NothingLeft, when it is this machine that has no more to give.
    """
    lease = leased(talk, target)
    upstream = lease.__enter__()
    try:
        address = addresses.of(upstream)
        known = known_of(target) if is_left(upstream.facts) else None
        return Wire(lease, connected(address), address, target, known)
    except BaseException as error:
        if isinstance(error, ConnectFailed):
            talk.refused = (*talk.refused, upstream)
        lease.__exit__(type(error), error, None)
        raise


def leased(talk: Talk, target: Target) -> Lease:
    """A use of an upstream that has not refused, by the client's key; nobody has entered it yet.

    When there is no other left, those that have refused get another chance, one after the other:
    what `talk` knows of that is forgotten. Raises NoUpstreamAvailable when there is nobody at all.
    """
    key = key_of(talk.client, target.key)
    try:
        return target.lease(key, tried=talk.refused)
    except NoUpstreamAvailable:
        if not talk.refused:
            raise
        talk.refused = ()
        return target.lease(key)


def key_of(client: Client, key: Key | None) -> bytes:
    """What a keyed policy goes by: b"192.0.2.7", or b"192.0.2.7:5353" for "address-port".

    It says the same in every process, today and tomorrow: so clients find their upstream again,
    whoever remembers them. One address is one key, as `ip` writes it, and as in a TcpProxy. Without
    a `key` nobody looks at it, and it is empty.
    """
    if key is None:
        return b""
    port = f":{client[1]}" if key.kind == "address-port" else ""
    return f"{ip(client[0])}{port}".encode()


def connected(address: Address) -> socket.socket:
    """A socket that sends there, and hears what comes from there. Raises as `dial` does."""
    family, place = address
    try:
        sock = socket.socket(family, socket.SOCK_DGRAM)
    except OSError as error:
        raise NothingLeft(reason(error)) from error
    try:
        sock.setblocking(False)
        sock.connect(place)
    except OSError as error:
        sock.close()
        raise (NothingLeft if is_machine(error) else ConnectFailed)(reason(error)) from error
    return sock


def is_machine(error: OSError) -> bool:
    """Whether this machine has no more to give. Without a port, Linux says "try again"."""
    return is_ours(error) or isinstance(error, BlockingIOError)


def send(sock: socket.socket, data: memoryview) -> None:
    """Sends, whatever ICMP has said of the size of an earlier datagram. Raises OSError.

    That is told once, and is no reason for this one to be lost: the way is known to be narrow now,
    and the kernel cuts what is too large for it. Only for a whole datagram it may be too large.
    """
    try:
        sock.send(data)
    except OSError as error:
        if error.errno != errno.EMSGSIZE or len(data) > FITS:
            raise
        sock.send(data)


def meaning(error: OSError) -> Drop:
    """Why a datagram did not go out. Only after REFUSED may another upstream be the better one.

    Then it is this upstream, or our way to it; all else would be the same with any. The system
    tells what ICMP has said of an earlier datagram at the next use of the socket. And EPERM comes
    from a firewall of our own, or from its full table.
    """
    if error.errno == errno.EMSGSIZE:
        return Drop.TOO_LARGE
    if is_machine(error):
        return Drop.NO_ROOM
    return Drop.FORBIDDEN if error.errno == errno.EPERM else Drop.REFUSED
