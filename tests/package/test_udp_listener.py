"""Where clients can send to, and from where they are answered."""

import asyncio
import contextlib
import socket

import pytest

from reverseproxy import Certificates, ConfigurationError, TlsListener, UdpProxy
from reverseproxy.server import Place
from reverseproxy.target import Target
from reverseproxy.udp.counts import Drop
from reverseproxy.udp.listener import IPV4, bound, listener, listeners, sent_from, sent_to
from tests.package.udp_served import answering, proxied, until
from tests.package.udp_served import bound as given

ADDRESSES = ["127.0.0.1", "127.0.0.2", "127.7.7.7"]


@pytest.mark.parametrize("address", ADDRESSES)
async def test_answers_leave_from_the_address_that_was_asked(address: str) -> None:
    async with answering() as one, proxied([one], sock=given("0.0.0.0")) as proxy:
        assert await proxy.client(to=address).asks(b"rose", "from elsewhere") == b"one rose"


async def test_an_address_of_ours_is_part_of_the_session() -> None:
    async with answering() as one, proxied([one], sock=given("0.0.0.0")) as proxy:
        client = proxy.client(to="127.0.0.1")
        for address in ADDRESSES:
            client.sock.connect((address, proxy.address[1]))
            assert await client.asks(b"rose") == b"one rose"
        assert one.sessions == 3


async def test_the_same_over_ipv6() -> None:
    async with answering() as one, proxied([one], sock=given("::")) as proxy:
        assert await proxy.client(to="::1").asks(b"rose") == b"one rose"


@pytest.mark.parametrize("option", [29, 40, 75], ids=["TIMESTAMP", "RXQ_OVFL", "RCVMARK"])
@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
async def test_a_socket_that_was_given_may_hear_more_than_that(host: str, option: int) -> None:
    sock = given(host)
    with contextlib.suppress(OSError):  # an older kernel does not know it
        sock.setsockopt(socket.SOL_SOCKET, option, 1)
    to = host.replace("0.0.0.0", "127.0.0.2").replace("::", "::1")
    async with answering() as one, proxied([one], sock=sock) as proxy:
        await asyncio.sleep(0)
        assert await proxy.client(to=to).asks(b"rose") == b"one rose"


async def test_a_socket_for_both_families_answers_in_both() -> None:
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.bind(("::", 0))
    async with answering() as one, proxied([one], "ring", sock=sock) as proxy:
        assert await proxy.client(to="::1").asks(b"rose") == b"one rose"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.setblocking(False)
            client.connect(("127.0.0.2", proxy.address[1]))
            client.send(b"rose")
            async with asyncio.timeout(2):
                assert await asyncio.get_running_loop().sock_recv(client, 99) == b"one rose"


async def test_several_places_at_once() -> None:
    async with answering() as one:
        socks = [given(), given("::1"), given("0.0.0.0")]
        places = [sock.getsockname()[:2] for sock in socks]
        proxy = UdpProxy(Target([one.url]))
        task = asyncio.ensure_future(proxy.serve(listen=socks, grace=0))
        for host, port in places:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            with socket.socket(family, socket.SOCK_DGRAM) as client:
                client.setblocking(False)
                client.connect((host.replace("0.0.0.0", "127.0.0.1"), port))
                client.send(b"rose")
                async with asyncio.timeout(2):
                    assert await asyncio.get_running_loop().sock_recv(client, 99) == b"one rose"
        task.cancel()
        await asyncio.wait([task])
        assert all(sock.fileno() < 0 for sock in socks)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_what_seems_to_come_from_where_we_listen_goes_nowhere(host: str) -> None:
    sock = given(host)
    async with answering() as one, proxied([one], sock=sock) as proxy:
        await proxy.client(to="127.0.0.1").asks(b"rose")
        sock.sendto(b"round and round", ("127.0.0.1", proxy.address[1]))
        await until(lambda: proxy.proxy.counts.dropped)
        assert proxy.proxy.counts.dropped == {Drop.OWN: 1}


@pytest.mark.parametrize(("host", "other"), [("0.0.0.0", "127.0.0.5"), ("::", "::ffff:127.0.0.5")])
async def test_two_addresses_of_a_listener_do_not_talk_with_each_other(
    host: str, other: str
) -> None:
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    if ":" in host:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.bind((host, 0))
    here = other.replace("127.0.0.5", "127.0.0.1")
    async with answering(b"") as one, proxied([one], sock=sock) as proxy:
        await asyncio.sleep(0)
        source = sent_from(socket.inet_pton(sock.family, other))
        sock.sendmsg([b"round and round"], source, 0, (here, proxy.address[1]))
        await until(lambda: proxy.proxy.counts.dropped)
        assert proxy.proxy.counts.dropped == {Drop.OWN: 1}
        assert len(one.heard) == 1
        client = proxy.client(to=here)
        assert await client.asks(b"rose", "others may still ask there") == b"rose"


async def test_two_listeners_do_not_talk_with_each_other() -> None:
    socks = [given(), given("0.0.0.0"), given()]
    port = socks[1].getsockname()[1]
    async with answering(b"") as one:
        proxy = UdpProxy(Target([one.url]))
        task = asyncio.ensure_future(proxy.serve(listen=socks, grace=0))
        await asyncio.sleep(0)
        socks[0].sendto(b"round and round", socks[2].getsockname())
        await until(lambda: proxy.counts.dropped)
        assert (proxy.counts.dropped, len(one.heard)) == ({Drop.OWN: 1}, 0)
        source = sent_from(socket.inet_aton("127.0.0.5"))
        socks[1].sendmsg([b"round and round"], source, 0, socks[0].getsockname())
        await until(lambda: proxy.counts.dropped[Drop.OWN] == 2)
        assert len(one.heard) == 1
        socks[0].sendto(b"round and round", ("127.0.0.5", port))
        await until(lambda: proxy.counts.dropped[Drop.OWN] == 3)
        assert len(one.heard) == 1
        task.cancel()
        await asyncio.wait([task])


def test_places_are_written_as_for_others() -> None:
    for place, family in (
        ("127.0.0.1:0", socket.AF_INET),
        (":0", socket.AF_INET),
        ("[::]:0", socket.AF_INET6),
    ):
        with bound(place) as sock:
            assert sock.family == family
            assert sock.type == socket.SOCK_DGRAM
    with bound("[::]:0") as six, bound(f":{six.getsockname()[1]}"):
        pass  # IPv4 has a place of its own


def test_places_that_cannot_be() -> None:
    with contextlib.ExitStack() as stack:
        taken = stack.enter_context(given())
        stream = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        loose = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        files = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        secure = TlsListener("127.0.0.1:0", Certificates.__new__(Certificates))
        places: list[tuple[Place, str]] = [
            (f"127.0.0.1:{taken.getsockname()[1]}", "cannot be had"),
            ("127.0.0.1", "is written like"),
            (stream, "for datagrams"),
            (loose, "for datagrams"),
            (files, "for datagrams"),
            (secure, "is no TlsListener"),
        ]
        for place, why in places:
            with pytest.raises(ConfigurationError, match=why):
                listeners(place)
    with pytest.raises(ConfigurationError, match="names no address"):
        listeners([])


def test_where_one_place_cannot_be_had_the_others_are_closed() -> None:
    sock = given()
    with pytest.raises(ConfigurationError):
        listeners([sock, "nonsense"])
    assert sock.fileno() < 0


def test_what_the_kernel_says_and_is_told() -> None:
    ours, theirs = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 255])
    said = [(socket.IPPROTO_IP, 8, IPV4.pack(3, ours, theirs))]
    early = [(socket.IPPROTO_IP, 8, IPV4.pack(0, bytes(4), ours))]
    other = [(socket.SOL_SOCKET, 29, b"a time")]
    assert sent_to(other + said) == ours, "to a broadcast nobody can answer from there"
    assert sent_to(early) == ours, "it was in the queue before the kernel took notes"
    assert sent_from(ours) == [(socket.IPPROTO_IP, 8, IPV4.pack(0, ours, bytes(4)))]
    assert sent_to(other) == b""
    assert sent_from(b"") == []
    six = bytes(range(16))
    assert sent_to(sent_from(six)) == six


def test_one_address_needs_no_help() -> None:
    with given() as sock:
        assert type(listener(sock, {})).__name__ == "Listener"
