"""Step 5: nobody listens there."""

import asyncio
import errno
import math
import os
import socket
from typing import NoReturn

import pytest

from reverseproxy import Target, UdpProxy
from reverseproxy.udp.counts import Drop
from tests.chapter_21.switching import (
    MOST,
    Here,
    Reasons,
    hear,
    hears,
    rig,
    sends_noted,
    served,
    told,
    upstreams,
)
from tests.support.steps import step

NAMELESS = "udp://nobody.test:53"
"""An upstream of which no address is known: the rig asks no resolver."""

REFUSED = os.strerror(errno.ECONNREFUSED)

LARGE = bytes(65_530)
"""More than fits into a datagram over IPv4."""


def reached(here: Here, wanted: list[bytes], what: str) -> None:
    """Fails when that upstream has heard anything else than it should."""
    hear([here], len(wanted))
    if (found := here.hear()) != wanted:
        heard = [data[:9] for data in found]
        pytest.fail(f"{what}: {here.name} is to have heard {wanted}, and it was {heard}")


@step(5)
async def test_a_datagram_goes_there_and_its_answer_back() -> None:
    """Two clients ask, each is answered. What went is counted, and they are two sessions.

    Why: that is all a proxy does on a good day.
    Read: Step 5, "Nobody listens there".
    """
    with upstreams("1") as [one], rig(one) as it:
        for client in "ab":
            it.sends(b"rose", client)
            it.answered(one, b"petal")
        reached(one, [b"rose", b"rose"], "two clients sent rose")
        if it.clients.answers != [("a", b"petal"), ("b", b"petal")]:
            pytest.fail(f"a and b were answered, and what they heard is {it.clients.answers}")
        counted = it.counts.sent, it.counts.sessions
        if counted != (2, 2):
            pytest.fail(f"two datagrams of two clients: sent and sessions are {counted}")
        if it.counts.dropped:
            pytest.fail(f"both were answered, and counted as dropped are {it.dropped}")


@step(5)
async def test_a_session_stays_with_its_upstream() -> None:
    """Three datagrams of one client, and round robin: the same upstream, from the same port.

    Why: what an upstream knows of a client, the others do not.
    Read: Step 5, "Nobody listens there".
    """
    with upstreams("123") as them, rig(*them, policy="round-robin") as it:
        for _ in range(3):
            it.sends(b"rose")
        reached(them[0], [b"rose"] * 3, "a client sent three, by turns it was given to 1")
        if them[0].sources != 1:
            pytest.fail(f"one session, and the upstream heard it from {them[0].sources} ports")


@step(5)
async def test_health_hears_of_a_refusal() -> None:
    """Nobody listens at the first of two: once the kernel says so, health hears of a failure, with
    the kernel's words. Nothing is in flight there any more.

    Why: three of these, and others are spared. Silence would tell nobody anything.
    Read: Step 5, "Nobody listens there".
    """
    with upstreams("12") as [one, two], rig(one, two) as it:
        one.leave()
        it.sends(b"rose")
        it.lost()
        if [where for _, where in it.health.heard] != [one.url]:
            pytest.fail(f"1 has refused, and health heard of {it.health.heard}")
        how, why = it.health.heard[0][0], it.health.why[0]
        if how != "failure":
            pytest.fail(f"1 has refused, which is a failure, and health heard of {how!r}")
        if "refused" not in why.lower():
            pytest.fail(f"the connection was refused, and why it failed is said to be {why!r}")
        if why != REFUSED:
            pytest.fail(f"why it failed is `reason`'s word, {REFUSED!r}, and it was {why!r}")
        if it.in_flight or it.turns.readers:
            pytest.fail(f"the session has left 1, and {it.in_flight} uses of it go on")


@step(5)
async def test_the_next_datagram_goes_elsewhere() -> None:
    """Nobody listens at the first of two: the second datagram of the same session goes to the
    other, and so does the third, though the first is back by then.

    Why: it may be back and gone again. A session that changes sides each time is none.
    Read: Step 5, "Nobody listens there".
    """
    with upstreams("12") as [one, two], rig(one, two) as it:
        one.leave()
        it.sends(b"rose")
        it.lost()
        it.sends(b"petal")
        if it.counts.sessions != 1:
            pytest.fail(f"one client, and after a refusal it has session {it.counts.sessions}")
        reached(two, [b"petal"], "1 has refused")
        one.back()
        it.sends(b"thorn")
        reached(two, [b"petal", b"thorn"], "1 had refused, and is back")


@step(5)
async def test_each_that_refuses_is_passed_by() -> None:
    """Nobody listens at the first two of three: one datagram is lost with each, no more.

    Why: two that are gone are no better than one.
    Read: Step 5, "Nobody listens there".
    """
    with upstreams("123") as [one, two, three], rig(one, two, three) as it:
        one.leave()
        two.leave()
        for count in (1, 2):
            it.sends(b"rose")
            it.lost(count)
        it.sends(b"petal")
        reached(three, [b"petal"], "1 and 2 have refused, one after the other")


@step(5)
async def test_addresses_hear_of_a_refusal() -> None:
    """Nobody listens: `refused` of the addresses hears which upstream, and at which address.

    Why: a name may lead to several places. The next session should have another one.
    Read: Step 5, "Nobody listens there".
    """
    with upstreams("12") as [one, two], rig(one, two) as it:
        one.leave()
        it.sends(b"rose")
        it.lost()
        wanted = [("127.0.0.1", ("127.0.0.1", one.port))]
        if it.addresses.noted != wanted:
            pytest.fail(
                f"1 has refused, so {wanted} is to be noted, and it was {it.addresses.noted}"
            )


@step(5)
async def test_a_refusal_that_is_told_late_costs_no_datagram() -> None:
    """An upstream leaves. A datagram is lost, and the next one hears of it when it is sent: it goes
    to the other upstream, and is not counted as dropped.

    Why: it has not gone out. You still have it, and there is somebody who wants it.
    Read: Step 5, "Nobody listens there".
    """
    with upstreams("12") as [one, two], rig(one, two) as it:
        it.sends(b"rose")
        one.leave()
        it.sends(b"lost")
        it.refusal_comes()
        it.sends(b"petal")
        reached(two, [b"petal"], "1 has left, and that was told when petal was sent")
        if it.dropped != "none":
            pytest.fail(f"petal was sent to 2 after all, and dropped are {it.dropped}")
        if it.counts.sent != 3:
            pytest.fail(f"rose, lost and petal have gone out, and sent are {it.counts.sent}")


@step(5)
async def test_a_host_without_a_way_to_it_has_refused() -> None:
    """The kernel says "host unreachable" when a datagram is sent to the first of two: it goes to
    the other, and health hears of a failure.

    Why: a connection that is refused is one way in which nobody is there, and there are more.
    Read: Step 5, "Nobody listens there".
    """
    with upstreams("12") as [one, two], rig(one, two) as it:
        with sends_noted(unreachable=one.port):
            it.sends(b"rose")
        reached(two, [b"rose"], "the host of 1 is unreachable")
        if it.health.heard != [("failure", one.url)]:
            pytest.fail(f"the host of 1 is unreachable, and health heard of {it.health.heard}")


@step(5)
async def test_there_is_no_third_try() -> None:
    """Of three upstreams no address is known: two are tried, the datagram is dropped, once.

    Why: others are waiting behind it. And the client will say it again, if it matters.
    Read: Step 5, "Nobody listens there".
    """
    urls = [NAMELESS.replace("nobody", f"nobody{number}") for number in (1, 2, 3)]
    with rig(*urls) as it:
        it.sends(b"rose")
        if it.addresses.asked != 2:
            pytest.fail(f"three without an address: two are to be tried, not {it.addresses.asked}")
        if it.counts.dropped != {Drop.REFUSED: 1}:
            pytest.fail(f"one datagram, two tries in vain, and dropped are {it.dropped}")
        if it.counts.sessions or len(it.board):
            pytest.fail("its first datagram went nowhere, and the client has a session")


@step(5)
async def test_the_last_reason_counts() -> None:
    """At the first of two nobody can be reached, for the second it is too large: one is dropped.

    Why: who adds up what was dropped wants to know how many that were.
    Read: Step 5, "Nobody listens there".
    """
    with upstreams("2") as [two], rig(NAMELESS, two) as it:
        it.sends(LARGE)
        if it.counts.dropped != {Drop.TOO_LARGE: 1}:
            pytest.fail(
                f"too large for the second one that was tried, and dropped are {it.dropped}"
            )


class Broken:
    """A policy that needs something which it cannot have."""

    asked = 0

    def select(self, *_: object) -> NoReturn:
        """Fails, but not for ever."""
        self.asked += 1
        assert self.asked < MOST, "a policy fails each time, and it was asked again and again"
        raise OSError("the list of the day is not there")


@step(5)
async def test_without_a_wire_nobody_has_refused() -> None:
    """A policy of somebody's raises an OSError, before there is an upstream: nobody has refused,
    and the datagram is dropped.

    Why: what fails need not be a socket, and an error in an error hides both.
    Read: Step 5, "Nobody listens there".
    """
    with upstreams("12") as them, rig(*them, policy=Broken()) as it:
        try:
            it.sends(b"rose")
        except AttributeError as error:
            pytest.fail(f"there was an OSError and no wire yet, and `_failed` raised {error!r}")
        if it.counts.dropped != {Drop.REFUSED: 1}:
            pytest.fail(f"there was an OSError and no wire yet, and dropped are {it.dropped}")


@step(5)
async def test_nobody_else_means_the_same_again() -> None:
    """There is one upstream, and it leaves and comes back: the session finds it.

    Why: that it was not there a moment ago says little about now.
    Read: Step 5, "Nobody listens there".
    """
    with upstreams("1") as [one], rig(one) as it:
        one.leave()
        for count in (1, 2):
            it.sends(b"rose")
            it.lost(count)
        one.back()
        it.sends(b"petal")
        reached(one, [b"petal"], "it was gone, and is back, and there is no other")


@step(5)
async def test_what_is_too_large_is_nobodys_fault() -> None:
    """A datagram that is too large for the way: dropped and counted. The session stays as it was.

    Why: the upstream has not even heard of it. What the client sends next may be smaller.
    Read: Step 5, "Nobody listens there".
    """
    with upstreams("12") as [one, two], rig(one, two, policy="round-robin") as it:
        it.sends(b"rose")
        it.sends(LARGE)
        it.sends(b"petal")
        if it.counts.dropped != {Drop.TOO_LARGE: 1}:
            pytest.fail(f"one was too large, and dropped are {it.dropped}")
        reached(one, [b"rose", b"petal"], "between the two one was too large")
        if one.sources != 1:
            pytest.fail(f"one was too large, and the session has {one.sources} sockets after that")
        if it.health.heard:
            pytest.fail(f"one was too large, and health heard of {it.health.heard}")
        if it.addresses.noted:
            pytest.fail("one was too large, and the address is said to have refused")


@step(5)
async def test_what_is_too_large_is_sent_once() -> None:
    """A datagram that is too large for the way: it is not tried a second time.

    Why: it will not be smaller by then. Only who has refused may be somebody else the next time.
    Read: Step 5, "Nobody listens there".
    """
    with upstreams("1") as [one], rig(one) as it, sends_noted() as noted:
        it.sends(LARGE)
        if len(noted) != 1:
            pytest.fail(f"it was too large, one try is enough, and there were {len(noted)}")


@step(5)
async def test_where_there_is_nobody_there_is_no_session() -> None:
    """The only upstream is in maintenance: the datagram is dropped and counted. No session.

    Why: a session that leads nowhere takes the place of one that does not.
    Read: Step 5, "Nobody listens there".
    """
    with upstreams("1") as [one], rig(one) as it:
        it.target.set_state(one.url, "maint")
        it.sends(b"rose")
        if it.counts.dropped != {Drop.NO_UPSTREAM: 1}:
            pytest.fail(f"there was nobody for it, and dropped are {it.dropped}")
        if it.counts.sessions or len(it.board):
            pytest.fail("there was nobody for it, and the client has a session")


@step(5)
async def test_who_is_to_be_left_is_left() -> None:
    """Its upstream goes to maintenance: the next datagram goes to another one. To health that is
    neither good nor bad.

    Why: nobody can tell the client, and it may never stop sending.
    Read: Step 5, "Nobody listens there".
    """
    with upstreams("12") as [one, two], rig(one, two) as it:
        it.sends(b"rose")
        it.target.set_state(one.url, "maint")
        it.sends(b"petal")
        reached(two, [b"petal"], "1 is in maintenance")
        if [how for how, _ in it.health.heard] != ["abandoned"]:
            pytest.fail(f"1 was left for maintenance, and health heard of {it.health.heard}")
        it.target.set_state(one.url, "ready")
        it.sends(b"thorn")
        reached(two, [b"petal", b"thorn"], "1 is ready again, and the session has another one")


@step(5)
async def test_who_was_left_has_not_refused() -> None:
    """The first of three goes to maintenance, and the session to 2. Then 1 is ready again, and 2
    goes to maintenance: the session is with 1, which was left, but never refused anything.

    Why: what the talk remembers of an upstream keeps it away from there.
    Read: Step 5, "Nobody listens there".
    """
    with upstreams("123") as [one, two, three], rig(one, two, three) as it:
        it.sends(b"rose")
        it.target.set_state(one.url, "maint")
        it.sends(b"petal")
        it.target.set_state(one.url, "ready")
        it.target.set_state(two.url, "maint")
        it.sends(b"thorn")
        reached(one, [b"rose", b"thorn"], "1 was left for maintenance, and 2 after it")


@step(5)
async def test_down_and_ejected_are_left_too_and_drained_are_not() -> None:
    """Probes find it down, or it was ejected: the session leaves. It drains: the session stays.

    Why: who drains wants no new clients, and to keep its old ones.
    Read: Step 5, "Nobody listens there".
    """
    for what, number in (("down", "2"), ("ejected", "2"), ("draining", "1")):
        with upstreams("12") as them, rig(*them) as it:
            it.sends(b"rose")
            facts = it.target.upstreams[0].facts
            if what == "down":
                facts.is_up = False
            elif what == "ejected":
                facts.ejected_until = math.inf
            else:
                it.target.set_state(them[0].url, "drain")
            it.sends(b"petal")
            hear(them, 2)
            found = " ".join(each.name for each in them if b"petal" in each.hear())
            if found != number:
                pytest.fail(f"1 is {what}, so the session is with {number} now, and it is {found}")


@step(5)
async def test_who_has_nobody_better_stays() -> None:
    """Both upstreams are ejected, so one of them has to do: the session stays with it.

    Why: else it would have a new socket for each datagram, and another upstream each time.
    Read: Step 5, "Nobody listens there".
    """
    with upstreams("12") as them, rig(*them, policy="round-robin") as it:
        for each in it.target.upstreams:
            each.facts.ejected_until = math.inf
        for _ in range(4):
            it.sends(b"rose")
        hear(them, 4)
        sources = [each.sources for each in them]
        if sum(sources) != 1:
            pytest.fail(f"both are ejected, four datagrams of one client: {sum(sources)} sockets")


@step(5)
async def test_but_not_when_somebody_better_refused() -> None:
    """Both are ejected, the session has one of them, and that one refuses: the other has it.

    Why: to have nobody better is no reason to be with nobody.
    Read: Step 5, "Nobody listens there".
    """
    with upstreams("12") as [one, two], rig(one, two) as it:
        for each in it.target.upstreams:
            each.facts.ejected_until = math.inf
        one.leave()
        it.sends(b"rose")
        it.lost()
        it.sends(b"petal")
        reached(two, [b"petal"], "both are ejected, and 1 has refused")


@step(5)
async def test_a_proxy_before_real_clients() -> None:
    """A proxy at every address of the machine, two upstreams, and a client. One upstream leaves: a
    datagram is lost, and the next one is answered by the other, from where it was asked.

    Why: that is what this chapter is for.
    Read: Step 5, "Nobody listens there".
    """
    loop, health = asyncio.get_running_loop(), Reasons()
    with upstreams("12") as [one, two], socket.socket(type=socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        for each in (one, two):
            loop.add_reader(each.sock, answer, each)
        target = Target([one.url, two.url], policy="first", health=[health])
        async with served(UdpProxy(target)) as port:
            for _ in range(3):
                client.sendto(b"rose", ("127.0.0.2", port))
                data, source = await hears(client, "there are two upstreams, and nobody answers")
                assert data == b"1 rose", f"the first one answers, and what came is {data!r}"
                if source != ("127.0.0.2", port):
                    pytest.fail(f"127.0.0.2 was asked, and the answer came from {source[0]}")
            loop.remove_reader(one.sock)
            one.leave()
            health.told.clear()
            client.sendto(b"lost", ("127.0.0.2", port))
            await told(health.told, "1 has left, and health hears nothing of that")
            client.sendto(b"petal", ("127.0.0.2", port))
            data, source = await hears(client, "1 has left, 2 is there, and nobody answers")
            assert data == b"2 petal", f"2 is left, and what came is {data!r}"
            if source != ("127.0.0.2", port):
                pytest.fail(f"127.0.0.2 was asked again, and the answer came from {source[0]}")
        loop.remove_reader(two.sock)


def answer(here: Here) -> None:
    """That upstream answers, with its name in front."""
    data = here.hear()[-1]
    here.say(here.name.encode() + b" " + data)
