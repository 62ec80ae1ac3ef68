"""Step 5: away from home, and back."""

import asyncio
import contextlib
import functools
import itertools
import socket
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from reverseproxy import LineProxy, Target
from reverseproxy.errors import ConnectFailed, ExchangeError, NoUpstreamAvailable
from reverseproxy.policies.policy import Accepts
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams
from tests.chapter_08.leaping import leap
from tests.chapter_19.line_upstream import LineUpstream, upstreams
from tests.chapter_19.town import NAMES, Town, dialed, name_of
from tests.support.steps import step

HOUR = 3600.0


class Last:
    """A policy that anybody could write: the last one there is."""

    def select(self, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """That."""
        return next(filter(accepts, reversed(upstreams)), None)


def put_away(town: Town, *names: str) -> None:
    """Those are in maintenance."""
    for name in names:
        town.target.set_state(f"tcp://{name}.test:1", "maint")


def dial(town: Town, times: int = 1) -> list[str | ExchangeError]:
    """What a worker of rose gets, time after time."""

    async def main() -> list[str | ExchangeError]:
        worker = town.worker()
        return [await dialed(worker) for _ in range(times)]

    return leap(main())


@step(5)
@pytest.mark.parametrize("home", NAMES)
def test_home_comes_first(home: str) -> None:
    """All upstreams are there: the worker connects with its home, and asks nobody else.

    Why: each upstream has workers of its own, so all of them have as much to do as they can.
    Read: Step 5, "Away from home, and back".
    """
    town = Town().lives(10, home)
    if town.asked != [(0.0, home)]:
        pytest.fail(f"{home} is home, and there, and asked were {town.asked}")
    if town.used != [(0.0, home)]:
        pytest.fail(f"{home} is home, and there, and the lines went to {town.used}")


@step(5)
def test_without_home_it_is_another() -> None:
    """Home is gone: one of the others, at once.

    Why: lines wait, and somebody is there who can have them.
    Read: Step 5, "Away from home, and back".
    """
    town = Town(gone={"rose": HOUR}).lives(10)
    if town.about(town.asked)[:1] != ["rose"]:
        pytest.fail(f"rose is home, and is asked before all others: they were {town.asked}")
    if not town.used:
        pytest.fail(f"rose is gone, thorn and bud are there, and asked were only {town.asked}")
    when, name = town.used[0]
    if name == "rose" or when:
        pytest.fail(f"rose is gone, thorn and bud are there: lines went to {name}, after {when} s")


@step(5)
def test_the_target_chooses() -> None:
    """Home is gone, and the target's policy is to take the last one there is: that one.

    Why: its work is for all the others, and a policy knows how to share.
    Read: Step 5, "Away from home, and back".
    """
    town = Town(gone={"rose": HOUR}, policy=Last())
    found = dial(town, 2)
    if found != ["bud", "bud"] or "thorn" in town.about(town.asked):
        pytest.fail(f"the policy is to take bud, the last one, and asked were {town.asked}")


@step(5)
def test_each_has_one_try() -> None:
    """All are gone: home was asked, then the two others, once. After a pause, the same again.

    Why: a second try a moment later is a try in vain, and keeps somebody else from his.
    Read: Step 5, "Away from home, and back".
    """
    town = Town(gone=dict.fromkeys(NAMES, HOUR)).lives(3)
    for since, until in ((0.0, 1.0), (2.0, 2.5)):
        asked = town.about(town.asked, since, until)
        if asked[:1] != ["rose"] or len(asked) != 3 or set(asked) != set(NAMES):
            pytest.fail(
                f"each has one try, rose the first one: between {since} and {until} {asked}"
            )


@step(5)
def test_one_of_the_others_may_be_gone_too() -> None:
    """Home is gone and one of the others: the third one.

    Why: as long as one is there, lines have a way.
    Read: Step 5, "Away from home, and back".
    """
    for name, other in (("thorn", "bud"), ("bud", "thorn")):
        found = dial(Town(gone={"rose": HOUR, name: HOUR}), 3)
        if found != [other] * 3:
            pytest.fail(f"rose and {name} are gone, {other} is there, and three tries gave {found}")


@step(5)
def test_nobody_asks_one_in_maintenance() -> None:
    """Home is in maintenance, or one of the others: it is not asked, and there is another way.

    Why: somebody works on it, and has said so.
    Read: Step 5, "Away from home, and back".
    """
    town = Town()
    put_away(town, "rose")
    (found,) = dial(town)
    if isinstance(found, NoUpstreamAvailable):
        pytest.fail(
            "rose is home and in maintenance: a lease of it raised NoUpstreamAvailable, and nobody "
            "caught that, though two others are there"
        )
    town = Town()
    put_away(town, "rose")
    town.lives(HOUR)
    if "rose" in town.about(town.asked):
        pytest.fail(f"rose is home and in maintenance, and was asked, at {town.asked} (seconds)")
    if len(town.used) != 1:
        pytest.fail(
            "rose is in maintenance for an hour, so lines stay with the other one all along, on "
            f"one connection: used {town.used[:4]} (a look at home raises NoUpstreamAvailable here)"
        )
    town = Town(gone={"rose": HOUR})
    put_away(town, "thorn")
    thrice = dial(town, 3)
    if thrice != ["bud"] * 3 or "thorn" in town.about(town.asked):
        pytest.fail(f"rose is gone, thorn in maintenance: asked were {town.about(town.asked)}")


@step(5)
def test_the_last_try_says_why() -> None:
    """All are gone: what is raised is what the last one of them raised.

    Why: it goes into the log, and nobody wants to read there that nothing is available.
    Read: Step 5, "Away from home, and back".
    """
    town = Town(gone=dict.fromkeys(NAMES, HOUR))
    (error,) = dial(town)
    last = town.asked[-1][1]
    if not isinstance(error, ConnectFailed):
        pytest.fail(
            f"all were asked, {last} the last one, and that it is gone was to be raised, "
            f"not {error!r}"
        )
    if (name_of(error.upstream), str(error)) != (last, f"{last} is gone"):
        pytest.fail(f"{last} was asked last, and raised was {error!r}, of {error.upstream}")


@step(5)
def test_when_nobody_else_can_be_asked() -> None:
    """Home is gone, all others are in maintenance: that home is gone. All are: that nobody is left.

    Why: a try that failed says more than one that could not be made.
    Read: Step 5, "Away from home, and back".
    """
    town = Town(gone={"rose": HOUR})
    put_away(town, "thorn", "bud")
    (error,) = dial(town)
    if str(error) != "rose is gone":
        pytest.fail(f"rose was asked and is gone, nobody else could be asked: raised was {error!r}")
    town = Town()
    put_away(town, *NAMES)
    (error,) = dial(town)
    if not isinstance(error, NoUpstreamAvailable):
        pytest.fail(f"all are in maintenance, and that was to be raised, not {error!r}")


@step(5)
def test_who_was_of_no_use_is_avoided_once() -> None:
    """Home takes connections, and hangs up before a line is delivered: next comes another one.

    Why: a port where somebody listens is no upstream yet. Lines wait meanwhile.
    Read: Step 5, "Away from home, and back".
    """
    town = Town(useless={"rose": HOUR}).lives(20, failback=HOUR)
    if "rose" in town.about(town.asked, 0.1):
        pytest.fail(f"rose hung up before it had a line, and then was asked again: {town.asked}")
    used = town.about(town.used)
    if len(used) != 2 or used[1] == "rose":
        pytest.fail(f"rose hung up before it had a line, two others are there: used {town.used}")


@step(5)
def test_it_is_avoided_no_longer_than_that() -> None:
    """Home was of no use, and was avoided. The connection with another one ends: home is asked.

    Why: it may have been about to start.
    Read: Step 5, "Away from home, and back".
    """
    town = Town(useless={"rose": 1.0}, ends={"thorn": 10.0, "bud": 10.0})
    town.lives(100, failback=HOUR)
    used = town.about(town.used)
    if len(used) < 3 or used[2] != "rose":
        pytest.fail(f"rose was avoided for one try, and is home: lines should return: {town.used}")


@step(5)
def test_one_of_the_others_can_be_avoided() -> None:
    """Home is gone, and another one was of no use: the third one has its turn, then all of them.

    Why: the target may well choose the same one again.
    Read: Step 5, "Away from home, and back".
    """
    town = Town(gone={"rose": HOUR}, useless={"thorn": HOUR, "bud": HOUR}).lives(20)
    used = town.about(town.used)[:4]
    if any(one == other for one, other in itertools.pairwise(used)) or len(used) < 4:
        pytest.fail(f"thorn and bud hang up, each is avoided once: not the same twice, as {used}")


@step(5)
def test_home_goes_first_whoever_else_is_avoided() -> None:
    """Home is there, and thorn is to be avoided: home is asked, and nobody else.

    Why: what was wrong with another one is no reason to stay away from home.
    Read: Step 5, "Away from home, and back".
    """
    town = Town(policy=Last())
    asked, _ = dial_around(town)
    if asked != ["rose"]:
        pytest.fail(f"thorn is to be avoided, rose is home, and there: asked were {asked}")


@step(5)
def test_home_is_a_next_time_too() -> None:
    """Thorn is to be avoided, and home is connected with. Then only thorn is left: it is asked.

    Why: with whom a connection was made does not matter. Thorn has been avoided that one time.
    Read: Step 5, "Away from home, and back".
    """
    town = Town()
    _, then = dial_around(town)
    if then != "thorn":
        pytest.fail(
            "thorn was avoided while rose was connected with, which was that one time. Now only "
            f"thorn can be asked, and the result is {then!r}"
        )


def dial_around(town: Town) -> tuple[list[str], str | ExchangeError]:
    """Thorn is to be avoided: who is asked then, and who is found when only thorn is left."""

    async def main() -> tuple[list[str], str | ExchangeError]:
        worker = town.worker()
        worker._avoided = town.target.upstreams[NAMES.index("thorn")]
        await dialed(worker)
        asked = town.about(town.asked)
        put_away(town, "rose", "bud")
        return asked, await dialed(worker)

    return leap(main())


@step(5)
def test_at_home_nobody_looks() -> None:
    """An hour at home: no more connections than the one.

    Why: there is nothing to look for.
    Read: Step 5, "Away from home, and back".
    """
    town = Town().lives(HOUR, failback=10.0)
    if len(town.asked) > 1:
        pytest.fail(f"it is at home for an hour, and upstreams were asked {len(town.asked)} times")


@step(5)
def test_away_it_looks_again_and_again() -> None:
    """Home is gone for 1000 s, and looked for every 300 s: it is asked at 300, 600, 900 and 1200.

    Why: nobody else says when it is back.
    Read: Step 5, "Away from home, and back".
    """
    town = Town(gone={"rose": 1000.0}).lives(HOUR)
    asked = town.times(town.asked, "rose")
    if asked != [0.0, 300.0, 600.0, 900.0, 1200.0]:
        pytest.fail(f"rose is back after 1000 s, a look every 300 s, and it was asked at {asked}")
    if len(town.asked) - len(asked) != 1:
        pytest.fail(f"a look is one at home: with another there is a connection, not {town.asked}")
    if town.about(town.used)[-1] != "rose":
        pytest.fail(f"rose was back and asked at 1200 s, and lines went to {town.used}")


@step(5)
def test_a_look_in_vain_harms_nothing() -> None:
    """Home is gone for an hour, and each look takes a second: lines go where they went, all along.

    Why: a connection that works is worth more than one that may come.
    Read: Step 5, "Away from home, and back".
    """
    town = Town(gone={"rose": HOUR}, dialing=1.0).lives(1500)
    if town.left:
        pytest.fail(f"home was never back, and the connection was to leave, at {town.left} (s)")
    if len(town.used) != 1 or len(town.ended) != 1:
        pytest.fail(f"one connection, and it ends with the test: {town.used} ended at {town.ended}")


@step(5)
def test_home_is_there_before_the_other_leaves() -> None:
    """Home is back, and a try takes a second: asked at 300, left at 301.

    Why: without a connection there is nobody who takes a line.
    Read: Step 5, "Away from home, and back".
    """
    town = Town(gone={"rose": 100.0}, dialing=1.0).lives(1000)
    asked = town.times(town.asked, "rose")[1:]
    if len(asked) != 1 or not town.left:
        pytest.fail(f"rose is back after 100 s, asked at {asked}, and left was {town.left}")
    if town.left[0][0] < asked[0] + 1:
        pytest.fail(f"a try takes 1 s, rose was asked at {asked}, and left was {town.left}")
    if town.about(town.used)[-1:] != ["rose"]:
        pytest.fail(f"home is back, the other one has left, and lines went to {town.used}")


@step(5)
def test_one_connection_waits_for_its_turn() -> None:
    """Home is back, and the other connection needs 1000 s to leave: home is asked once, left once.

    Why: who looks on and on has a connection more each time, and nobody uses them.
    Read: Step 5, "Away from home, and back".
    """
    town = Town(gone={"rose": 100.0}, leaving=1000.0).lives(1200)
    asked = town.times(town.asked, "rose")[1:]
    if len(asked) > 1:
        pytest.fail(f"at 300 s there was a connection with rose, and it was asked at {asked} again")
    if len(town.left) > 1:
        pytest.fail(f"the other one is to leave, and it was told {len(town.left)} times")
    if town.times(town.used, "rose"):
        pytest.fail(f"the other one needs until 1300 s to end, and rose was used: {town.used}")
    town = Town(gone={"rose": 100.0}, leaving=1000.0).lives(1400)
    if town.times(town.used, "rose") != [town.left[0][0] + 1000.0]:
        pytest.fail(f"left at 300 s, ended 1000 s later, and then rose is used: {town.used}")


@step(5)
def test_when_it_is_over_nobody_looks() -> None:
    """Away from home, the connection ends before it is time to look: no look, only the next dial.

    Why: what is dialed next begins with home. A look before that is a second try at once.
    Read: Step 5, "Away from home, and back".
    """
    town = Town(gone={"rose": HOUR}, ends={"thorn": 10.0, "bud": 10.0}).lives(15)
    asked = town.times(town.asked, "rose")
    if asked != [0.0, 10.0]:
        pytest.fail(
            f"rose is gone, the other connection was over at 10 s, and dialing asks rose once "
            f"each time: it was asked at {asked}"
        )
    town = Town(gone={"rose": 5.0}, ends={"thorn": 10.0, "bud": 10.0}).lives(15)
    if town.left:
        pytest.fail(f"the connection was over at 10 s, and was told to leave: {town.left}")


@step(5)
def test_an_end_is_no_matter_of_time() -> None:
    """Away or at home, the connection ends after 10 s: the next one begins at once.

    Why: it is the connection that it waits for. The looks are only in between.
    Read: Step 5, "Away from home, and back".
    """
    away = Town(gone={"rose": HOUR}, ends={"thorn": 10.0, "bud": 10.0}).lives(45)
    if len(away.used) != 5:
        pytest.fail(f"away from home, each connection ends after 10 s: in 45 s, {away.used}")
    home = Town(ends={"rose": 10.0}).lives(45)
    if len(home.used) != 5:
        pytest.fail(f"at home, each connection ends after 10 s: in 45 s, it was {home.used}")


@step(5)
def test_a_stop_is_heard_even_when_it_is_over() -> None:
    """The connection is ended, and in the same moment the worker is cancelled: it works no more.

    Why: that is what a stop does. It waits for each worker, and would wait for this one for ever.
    Read: Step 5, "Away from home, and back".
    """
    for gone in ({}, {"rose": HOUR}):
        if not stopped(Town(gone=gone)):
            where = "away from" if gone else "at"
            pytest.fail(
                f"{where} home, the connection was ended and the worker was cancelled, in one "
                "moment, and it works on as if it had not been"
            )


def stopped(town: Town) -> bool:
    """Whether a worker ends when its connection is ended, and it is cancelled."""

    async def main() -> bool:
        worker = town.worker()
        working = asyncio.ensure_future(worker.run())
        await asyncio.sleep(10)
        worker.end()
        working.cancel()
        await asyncio.wait([working], timeout=10)
        was_heard = working.cancelled()
        working.cancel()
        await asyncio.wait([working], timeout=10)
        return was_heard

    return leap(main())


@step(5)
def test_each_use_of_an_upstream_ends() -> None:
    """Tries in vain, looks in vain, connections that end: in the end, no upstream is in use.

    Why: a policy that goes by what is in use would never choose it again.
    Read: Step 5, "Away from home, and back".
    """
    town = Town(gone={"rose": 1000.0, "thorn": 500.0}, ends={"bud": 70.0}).lives(HOUR)
    if any(town.in_flight):
        pytest.fail(f"the worker is gone, and in use are, of rose, thorn and bud: {town.in_flight}")
    town = Town(gone={"rose": 100.0}, leaving=1000.0).lives(800)
    if any(town.in_flight):
        pytest.fail(f"it was ended while one connection waited: in use are {town.in_flight}")


class Served:
    """A proxy that is served, and its ledger."""

    def __init__(self, them: list[LineUpstream], *, grace: float = 5.0, **how: float) -> None:
        self.them = them
        target = Target([each.url for each in them], health=())
        self.proxy = LineProxy(target, connections=1, first_pause=0.01, longest_pause=0.01, **how)  # type: ignore[arg-type]  # times
        self.ledger = self.proxy.ledger
        sock = socket.create_server(("127.0.0.1", 0))
        self.port = sock.getsockname()[1]
        self.task = asyncio.ensure_future(self.proxy.serve(listen=sock, grace=grace))

    async def send(self, *pieces: bytes) -> None:
        """A client sends that, and leaves when the proxy has had all of it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
        await reader.read()
        writer.close()

    async def stop(self) -> tuple[object, ...]:
        """Stops it, until upstreams have read it all. What was raised says how many are left."""
        self.task.cancel()
        said: tuple[object, ...] = ()
        try:
            await self.task
        except asyncio.CancelledError as error:
            said = error.args
        for each in self.them:
            await each.until(functools.partial(is_left, each))
        return said


def is_left(upstream: LineUpstream) -> bool:
    """Whether it has no connection any more."""
    return not upstream.open


@contextlib.asynccontextmanager
async def served(them: list[LineUpstream], **how: float) -> AsyncIterator[Served]:
    """It, until the end of the block."""
    it = Served(them, **how)
    try:
        yield it
    finally:
        if not it.task.done():
            await it.stop()


def numbered(count: int, what: str = "petal") -> list[bytes]:
    """So many lines, all of them different."""
    return [f"{what} {number}".encode() for number in range(count)]


@step(5)
async def test_each_line_arrives_once() -> None:
    """Three clients, 2000 lines each, cut anywhere, without a last end: all of them arrive, whole.

    Why: that is what it is for.
    Read: Step 5, "Away from home, and back".
    """
    with upstreams(2) as them:
        async with served(them) as it:
            lines = [numbered(2000, what) for what in ("rose", "thorn", "bud")]
            pieces = [b"\n".join(each) for each in lines]
            async with asyncio.TaskGroup() as group:
                for data in pieces:
                    group.create_task(it.send(data[:777], data[777:9000], data[9000:]))
            await it.stop()
        wanted = Counter(line for each in lines for line in each)
        got = Counter(line for each in them for line in each.lines)
        if got != wanted:
            pytest.fail(
                f"6000 lines were sent: {sum((wanted - got).values())} are missing, and "
                f"{sum((got - wanted).values())} are too many"
            )
        found = (it.ledger.accepted, it.ledger.delivered, it.ledger.unconfirmed)
        if found != (6000, 6000, 0):
            pytest.fail(f"6000 lines arrived; (accepted, delivered, unconfirmed) is {found}")


@step(5)
async def test_lines_go_away_and_return() -> None:
    """One of two upstreams is gone: all lines go to the other. When it is back, so are its lines.

    Why: an upstream that was started again and has nothing to do helps nobody.
    Read: Step 5, "Away from home, and back".
    """
    with upstreams(2) as (rose, thorn):
        rose.kill()
        async with served([rose, thorn], failback=0.02) as it:
            await it.send(b"\n".join(numbered(100)))
            await thorn.until(lambda: len(thorn.lines) == 100)
            await thorn.until(lambda: len(thorn.open) == 2)
            rose.start()
            await rose.until(lambda: bool(rose.open))
            await thorn.until(lambda: len(thorn.open) == 1)
            rose.read(reads=True)
            await it.stop()
        found = (it.ledger.delivered, it.ledger.unconfirmed)
        if found != (100, 0):
            pytest.fail(f"100 lines, nothing broke: (delivered, unconfirmed) is {found}")


@step(5)
async def test_lines_of_an_upstream_that_takes_none_go_on() -> None:
    """An upstream reads nothing, and is killed: each line is with the other, or is unconfirmed.

    Why: "we do not know" is an answer. Silence is none.
    Read: Step 5, "Away from home, and back".
    """
    with upstreams(2) as (rose, thorn):
        rose.read(reads=False)
        async with served([rose, thorn]) as it:
            await rose.until(lambda: bool(rose.open))
            lines = [line + b"." * 1000 for line in numbered(3000)]
            sending = asyncio.ensure_future(it.send(b"\n".join(lines)))
            await thorn.until(lambda: len(thorn.lines) > 100)
            rose.kill()
            await sending
            await it.stop()
        got = Counter(thorn.lines)
        if set(got) - set(lines):
            pytest.fail("the upstream has read a line that nobody has sent")
        lost = len(set(lines) - set(got))
        if lost > it.ledger.unconfirmed:
            pytest.fail(f"{lost} lines are lost, and unconfirmed are {it.ledger.unconfirmed}")
        found = it.ledger.delivered + it.ledger.unconfirmed
        if found != 3000:
            pytest.fail(f"of 3000 lines, delivered or unconfirmed are {found}")


@step(5)
def test_a_stop_ends_though_all_are_gone() -> None:
    """No upstream is there, ten lines wait, and a stop has 0.1 s: it ends, and says ten.

    Why: whoever restarts a machine does not wait until somebody else repairs another one.
    Read: Step 5, "Away from home, and back".
    """
    # Tries without an end would let nobody stop them, this test included.
    Town(gone=dict.fromkeys(NAMES, HOUR)).lives(1)
    asyncio.run(stopped_with_nobody_left())


async def stopped_with_nobody_left() -> None:
    """Fails unless it ends, and says ten."""
    with upstreams(2) as them:
        for each in them:
            each.kill()
        async with served(them, grace=0.1) as it:
            await it.send(b"petal\n" * 10)
            said = await it.stop()
        if said != (10,) or it.ledger.dropped != {"stopped": 10}:
            pytest.fail(f"ten lines wait, and a stop says {said}, dropped: {it.ledger.dropped}")
