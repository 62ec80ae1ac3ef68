"""The prober and its supervisor in virtual time: hours of probes, and nobody waits."""

import asyncio
import itertools
import logging
from collections import Counter
from random import Random

import pytest

from chapters.figures.clock import run
from reverseproxy import ConfigurationError, HttpProbe, PassiveHealth, ReverseProxy, TcpProbe
from reverseproxy.health.active import ActiveHealth, Probe, ProbeFailed
from reverseproxy.probes.prober import Prober
from reverseproxy.services import Background, supervise
from reverseproxy.upstream import Upstream
from tests.support.asgi import Messages, Sent
from tests.support.probing import Told, ask_for, checks


def test_a_target_more_is_not_a_warning_more(caplog: pytest.LogCaptureFixture) -> None:
    prober = Prober(max_rate=10)
    for _ in range(5):
        prober.add(checks(6, ActiveHealth(Told(), interval=1)))

    assert len(caplog.records) == 1


@pytest.mark.parametrize("jitter", [0, 0.05, 0.5])
def test_a_hung_upstream_is_asked_as_often_as_the_others(jitter: float) -> None:
    async def hang(upstream: Upstream) -> None:
        if str(upstream) == "http://10.0.0.1:80":
            await asyncio.Event().wait()

    probe = Told(hang)
    them = checks(3, ActiveHealth(probe, interval=1, timeout=1, jitter=jitter))

    ask_for(300, them)

    hung, *others = (probe.began[str(check.upstream)] for check in them)
    assert all(285 < len(each) < 315 for each in others)
    assert len(hung) > 285, "a timeout as long as the interval made every other probe fall out"
    assert them[0].upstream.facts.is_up is False


def test_fifty_proxies_that_start_together_do_not_knock_together() -> None:
    first_probes = []
    for seed in range(50):
        probe = Told()
        ask_for(2.2, checks(4, ActiveHealth(probe, interval=2)), seed=seed)
        first_probes.append(probe.began["http://10.0.0.1:80"][0])

    tenths = Counter(int(time * 10) for time in first_probes)
    assert max(tenths.values()) <= 9


def test_many_targets_of_one_upstream_are_spread_as_well() -> None:
    probe = Told()

    async def main() -> None:
        prober = Prober(max_rate=1e6, random=Random(1), clock=asyncio.get_running_loop().time)
        for check in checks(1000, ActiveHealth(probe, interval=10)):
            prober.add([check])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(9.4):
                await prober.run()

    run(main())
    milliseconds = Counter(int(times[0] * 1000) for times in probe.began.values())
    assert max(milliseconds.values()) <= 5


def test_a_start_long_after_the_adding_is_no_burst() -> None:
    probe = Told()

    async def main() -> None:
        prober = Prober(max_rate=1e6, random=Random(1), clock=asyncio.get_running_loop().time)
        prober.add(checks(100, ActiveHealth(probe, interval=10)))
        await asyncio.sleep(3600)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(11):
                await prober.run()

    run(main())
    assert max(Counter(int(times[0]) for times in probe.began.values()).values()) <= 11


def test_a_prober_can_run_again_in_another_event_loop() -> None:
    probe = Told()
    begin = 0.0
    prober = Prober(random=Random(1), clock=lambda: begin + asyncio.get_running_loop().time())

    async def main() -> None:
        if not begin:
            prober.add(checks(2, ActiveHealth(probe, interval=1)))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await prober.run()

    run(main())
    begin = 1000.0
    run(main())

    assert 18 <= len(probe.began["http://10.0.0.1:80"]) <= 20


def test_an_upstream_that_is_added_to_a_prober_that_sleeps_is_asked() -> None:
    probe = Told()

    async def main() -> None:
        prober = Prober(random=Random(1), clock=asyncio.get_running_loop().time)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(prober.run())
            await asyncio.sleep(1000)
            assert not task.done(), "without anybody to ask, it waits"
            prober.add(checks(1, ActiveHealth(probe, interval=5)))
            await asyncio.sleep(5.1)
            task.cancel()

    run(main())
    assert probe.began


def test_a_probe_that_is_cancelled_by_itself_has_failed() -> None:
    async def cancelled(upstream: Upstream) -> None:
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    one, *_ = them = checks(2, ActiveHealth(Told(cancelled), interval=1))

    ask_for(10, them)

    assert one.upstream.facts.is_up is False
    assert "CancelledError" in one.upstream.facts.why_down


def test_a_probe_that_always_raises_is_one_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    async def raises(_: Upstream) -> None:
        raise KeyError("status")

    ask_for(1000, checks(1, ActiveHealth(Told(raises), interval=1)))

    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["upstream http://10.0.0.1:80: down: the probe raised KeyError('status')"]


def test_of_a_long_reason_the_beginning_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    (check,) = checks(1, ActiveHealth(Told()))
    check.failed("x" * 40_000)

    assert check.upstream.facts.why_down == "x" * 200
    (record,) = caplog.records
    assert record.getMessage() == f"upstream http://10.0.0.1:80: down: {'x' * 200}"


def test_an_upstream_that_flaps_below_the_thresholds_is_no_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    async def one_in_three(_: Upstream) -> None:
        asked.append(1)
        if len(asked) % 3 == 0:
            raise ProbeFailed("no")

    asked: list[int] = []
    ask_for(1000, checks(1, ActiveHealth(Told(one_in_three), interval=1)))

    assert len(asked) > 950
    assert not caplog.records


def heavy(light: Probe, heavy_one: Probe, every: int = 5) -> ActiveHealth:
    return ActiveHealth(light, interval=1, heavy=heavy_one, heavy_every=every)


def test_every_fiftieth_probe_is_a_heavy_one() -> None:
    light, other = Told(), Told()

    ask_for(500, checks(1, heavy(light, other, 50)))

    assert 9 <= len(other.began["http://10.0.0.1:80"]) <= 10
    assert 480 <= len(light.began["http://10.0.0.1:80"]) <= 500


def test_what_only_the_heavy_probe_finds_is_not_hidden_by_the_light_one() -> None:
    async def fails(_: Upstream) -> None:
        raise ProbeFailed("the certificate has expired")

    async def recovers(_: Upstream) -> None:
        if asyncio.get_running_loop().time() < 100:
            raise ProbeFailed("the certificate has expired")

    (one,) = them = checks(1, heavy(Told(), Told(fails)))
    ask_for(30, them)
    assert one.upstream.facts.is_up is False
    assert one.upstream.facts.why_down == "the certificate has expired"

    light, other = Told(), Told(recovers)
    (one,) = them = checks(1, heavy(light, other))
    ask_for(200, them)
    assert one.upstream.facts.is_up is True
    after = [time for time in light.began["http://10.0.0.1:80"] if time > 110]
    assert len(after) > 60, "all is well, and the light probes have their turns again"


class Dies:
    """A service that dies after so many seconds."""

    def __init__(self, *lives: float) -> None:
        self._lives = iter(lives)
        self.began: list[float] = []

    async def run(self) -> None:
        """Lives, and dies."""
        self.began.append(asyncio.get_running_loop().time())
        await asyncio.sleep(next(self._lives, 1e6))
        raise ExceptionGroup("unhandled", [ValueError("oh")])


def test_pauses_double_up_to_half_a_minute_and_a_long_life_ends_that() -> None:
    service = Dies(*[0] * 8, 1000, 0)

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5000):
                await supervise(service)

    run(main())
    gaps = [after - before for before, after in itertools.pairwise(service.began)]
    assert gaps == pytest.approx([1, 2, 4, 8, 16, 30, 30, 30, 1001, 2])


def test_a_service_that_is_cancelled_from_inside_is_started_again() -> None:
    class Cancelled:
        lives = 0

        async def run(self) -> None:
            self.lives += 1
            raise asyncio.CancelledError

    service = Cancelled()

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await supervise(service)

    run(main())
    assert service.lives == 4


def test_the_background_starts_each_service_once_and_all_of_them_again() -> None:
    service = Dies()
    background = Background()

    async def main() -> None:
        background.add(service)
        background.start()
        background.start()
        background.add(service)
        await asyncio.sleep(1)
        assert len(service.began) == 1
        await background.aclose()
        await background.aclose()
        background.start()
        await asyncio.sleep(1)
        assert len(service.began) == 2

    run(main())  # ends with a service that runs: the loop cancels it, and nobody was told
    run(main2(background, service))
    assert len(service.began) == 3


def test_two_that_share_the_background_both_have_to_stop_it() -> None:
    service = Dies()
    background = Background()

    async def main() -> None:
        background.add(service)
        before = asyncio.all_tasks()
        for _ in range(2):  # and a stop too many takes back no later start
            background.start()
            background.start()
            await background.aclose()
            await asyncio.sleep(1)
            assert len(asyncio.all_tasks() - before) == 1, "the first to stop ended it for both"
            for _ in range(3):
                await background.aclose()
            assert asyncio.all_tasks() == before

    run(main())
    assert len(service.began) == 2


def test_when_the_probes_end_for_good_what_they_said_is_forgotten() -> None:
    asked: list[Upstream] = []
    again = asyncio.Event()

    async def fails(upstream: Upstream) -> None:
        if asked:
            again.set()
        asked.append(upstream)
        raise ProbeFailed("no")

    async def main() -> None:
        proxy = ReverseProxy()
        proxy.add_target(
            "http://10.0.0.1", health=[ActiveHealth(Told(fails), interval=0.05, timeout=0.05)]
        )
        async with proxy:
            async with proxy:
                await again.wait()
            facts = asked[0].facts
            assert (facts.is_up, facts.why_down) == (False, "no")
        assert (facts.is_up, facts.why_down) == (None, "")

    run(main())


async def test_probes_that_nobody_has_started_are_told_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    proxy = ReverseProxy()
    proxy.add_target("http://127.0.0.1:9", host="h", health=[ActiveHealth(Waited())])
    scope = {"type": "http", "http_version": "1.1", "method": "GET", "path": "/", "headers": []}
    for _ in range(3):
        await proxy({**scope, "query_string": b""}, Messages().receive, Sent().send)
    assert [r.getMessage() for r in caplog.records if "does not run" in r.getMessage()] == [
        "Prober does not run: enter `async with proxy`, or serve it"
    ]


def test_two_passive_healths_would_write_the_same_fact() -> None:
    with pytest.raises(ConfigurationError, match=r"PassiveHealth.*twice"):
        ReverseProxy().add_target("http://127.0.0.1:9", health=[PassiveHealth(), PassiveHealth()])


async def main2(background: Background, service: Dies) -> None:
    """Another event loop."""
    background.start()
    await asyncio.sleep(1)
    await background.aclose()


async def test_the_lifespan_of_a_server_starts_the_probes_and_stops_them() -> None:
    probe = Waited()
    proxy = ReverseProxy()
    proxy.add_target("http://10.0.0.1", health=[ActiveHealth(probe, interval=0.05, timeout=0.05)])
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[object] = []

    async def receive() -> dict[str, str]:
        if sent:
            await probe.asked.wait()
        return next(messages)

    async def send(message: object) -> None:
        sent.append(message)

    before = asyncio.all_tasks()
    async with asyncio.timeout(5):
        await proxy({"type": "lifespan"}, receive, send)

    assert len(sent) == 2
    assert asyncio.all_tasks() == before


class Waited:
    """A probe that one can wait for."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def probe(self, upstream: Upstream) -> None:
        """Asks."""
        self.asked.set()


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"interval": 0}, "active health interval"),
        ({"interval": "2"}, "active health interval"),
        ({"interval": 1, "timeout": 1.5}, "active health timeout"),
        ({"fall": 0}, "active health fall"),
        ({"rise": 1.5}, "active health rise"),
        ({"jitter": 0.6}, "active health jitter"),
        ({"heavy_every": 0}, "active health heavy_every"),
    ],
)
def test_settings_out_of_range_are_refused_at_the_start(
    settings: dict[str, float], key: str
) -> None:
    with pytest.raises(ConfigurationError, match=key):
        ActiveHealth(TcpProbe(), **settings)  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize(
    "settings",
    [
        {"path": "health"},
        {"path": ""},
        {"path": "/a b"},
        {"path": "/ü"},
        {"host": ""},
        {"host": "a\r\nX: y"},
        {"statuses": [99]},
    ],
)
def test_a_probe_that_cannot_be_is_refused_at_the_start(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="probe"):
        HttpProbe(**settings)  # type: ignore[arg-type]  # that is the point


def test_two_that_probe_the_same_upstreams_are_refused() -> None:
    health = [ActiveHealth(TcpProbe()), ActiveHealth(HttpProbe())]
    with pytest.raises(ConfigurationError, match="twice"):
        ReverseProxy().add_target("http://h", health=health)


@pytest.mark.parametrize("rate", [0, -1, "5", 1e9])
def test_a_rate_that_cannot_be_is_refused(rate: float) -> None:
    with pytest.raises(ConfigurationError, match="max_probe_rate"):
        ReverseProxy(max_probe_rate=rate)
