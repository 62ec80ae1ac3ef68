"""The package in simulated time: what must hold of every run."""

import logging
from random import Random

import pytest

from chapters.simulation.agenda import Agenda
from chapters.simulation.faults import Fault
from chapters.simulation.measures import clients, shares
from chapters.simulation.percentile import percentile
from chapters.simulation.requests import poisson
from chapters.simulation.settings import Settings
from chapters.simulation.upstreams import Ending, SimulatedUpstream
from chapters.simulation.world import Run, simulate
from reverseproxy.errors import ConnectFailed, ResponseBroken
from reverseproxy.retry import MEMORY, Retry


def settings(*faults: str, **others: object) -> Settings:
    """Settings with faults written as 'kill 1@5s'."""
    parsed = tuple(Fault.parse(*fault.split()) for fault in faults)
    return Settings(faults=parsed, **others)  # type: ignore[arg-type]  # whatever a test sets


ROUGH = {
    "calm": settings(),
    "one is killed": settings("kill 1@3s", "restart 1@6s", active=True),
    "all are killed": settings("kill 1@2s", "kill 2@2s", "kill 3@2s", active=True),
    "two fail": settings("fail 1@2s", "fail 2@4s", retry_statuses=(503,)),
    "one is slow": settings("slow 2@2sx50", timeout=0.5),
    "too much": settings(slots=1, rate=200.0, duration=5.0, timeout=1.0),
    "nothing helps": settings("kill 1@2s", passive=False, retries=False),
}


@pytest.fixture(params=list(ROUGH))
def run(request: pytest.FixtureRequest) -> Run:
    return simulate(ROUGH[request.param])


def test_the_same_seed_gives_the_same_run(run: Run) -> None:
    again = simulate(run.settings)
    assert told(again) == told(run)


def told(run: Run) -> list[object]:
    return [
        *run.log,
        *((each.arrival, each.status, each.ended) for each in run.requests),
        *((one.upstream, one.began, one.ended) for each in run.requests for one in each.tries),
    ]


def test_another_seed_gives_another_run() -> None:
    assert told(simulate(Settings(seed=1))) != told(simulate(Settings(seed=2)))


def test_what_comes_does_not_depend_on_what_is_done_to_upstreams(run: Run) -> None:
    arrivals = poisson(Random(1), run.settings.rate, run.settings.duration, even=False)
    assert [each.arrival for each in run.requests] == list(arrivals)


def test_arrivals_are_these_on_every_machine() -> None:
    first, second, *_ = poisson(Random(7), 100.0, 1.0, even=False)
    assert (first.at, first.work) == (0.003913, 0.163518)
    assert (second.at, second.work) == (0.014438, 0.075194)


def test_every_request_ends_exactly_once(run: Run) -> None:
    assert {request.endings for request in run.requests} == {1}
    assert all(request.ended >= request.arrival.at for request in run.requests)


def test_every_try_ends_within_its_request_and_after_the_one_before(run: Run) -> None:
    for request in run.requests:
        moments = [request.arrival.at]
        for each in request.tries:
            assert each.ending is not None
            moments += [each.began, each.ended]
        assert moments == sorted(moments)
        assert not request.tries or request.ended == request.tries[-1].ended


def test_no_upstream_is_tried_twice_for_one_request(run: Run) -> None:
    for request in run.requests:
        tried = [each.upstream for each in request.tries]
        assert len(set(tried)) == len(tried)
        assert len(tried) <= 1 + Retry().limit


def test_the_numbers_add_up(run: Run) -> None:
    own, everybody = shares(run), clients(run)
    assert sum(each.tries for each in own) == sum(len(each.tries) for each in run.requests)
    assert sum(each.first for each in own) == sum(bool(each.tries) for each in run.requests)
    first_tries = sum(each.first for each in own)
    assert sum(each.tries for each in own) == first_tries + everybody.retries
    assert sum(each.share for each in own) == pytest.approx(1)


# What the package does in it


def test_turns_are_fair() -> None:
    tries = [each.tries for each in shares(simulate(Settings(service_times=(0.01, 0.02, 0.06))))]
    assert max(tries) - min(tries) <= 1


def test_a_kill_is_noticed_and_costs_no_client_an_error() -> None:
    run = simulate(settings("kill 1@5s", seed=7))
    ejected = next(line for line in run.log if "ejected" in line.what)
    assert "upstream-1" in ejected.what
    assert 5 < ejected.at < 6
    assert clients(run).errors == 0
    later = [each for request in run.requests for each in request.tries if each.began > ejected.at]
    assert {each.upstream for each in later} == {1, 2}


def test_without_health_and_retries_every_third_request_is_lost() -> None:
    run = simulate(settings("kill 1@5s", passive=False, retries=False, seed=7))
    after = [request for request in run.requests if request.arrival.at > 5]
    assert sum(each.has_failed for each in after) == pytest.approx(len(after) / 3, abs=1)


def test_probes_notice_a_kill_and_a_restart() -> None:
    run = simulate(
        settings("kill 2@3s", "restart 2@20s", active=True, passive=False, duration=40.0, rate=5.0)
    )
    down, up = (line for line in run.log if not line.is_fault)
    assert down.what == "upstream http://upstream-2:80: down: Connection refused"
    assert 3 < down.at < 3 + 3 * 2.1
    assert up.what == "upstream http://upstream-2:80: up"
    assert 20 < up.at < 20 + 2 * 2.1


def test_an_upstream_that_answers_errors_fails_its_probes() -> None:
    run = simulate(settings("fail 1@1s", active=True, passive=False, rate=5.0))
    assert [line.what for line in run.log if "down" in line.what] == [
        "upstream http://upstream-1:80: down: status 503"
    ]


def test_a_probe_that_waits_too_long_has_failed() -> None:
    run = simulate(settings("slow 1@1sx1000", active=True, passive=False, slots=1, duration=20.0))
    assert any("down: no answer within 1 s" in line.what for line in run.log)


def test_an_answer_that_takes_too_long_is_a_504() -> None:
    run = simulate(settings("slow 1@0sx100", timeout=0.1, retries=False, passive=False))
    assert 504 in {request.status for request in run.requests}
    assert all(request.took <= 0.1 + 1e-6 for request in run.requests)


def failing(*, budget: bool) -> Run:
    faults = ("fail 1@5s", "fail 2@5s", "fail 3@5s")
    return simulate(
        settings(
            *faults, passive=False, retry_statuses=(503,), budget=budget, rate=200.0, duration=20.0
        )
    )


def test_the_budget_holds_in_every_ten_seconds() -> None:
    run = failing(budget=True)
    retries = [each.began for request in run.requests for each in request.tries[1:]]
    came = [each.arrival.at for each in run.requests]
    most = Retry().ratio * most_within(came) + Retry().per_second * MEMORY
    assert 0.9 * most < most_within(retries) <= most


def most_within(moments: list[float]) -> int:
    """The most of them in the window of ten seconds that ends with any slot."""
    return max(sum(end - MEMORY <= each < end for each in moments) for end in range(1, 21))


def test_without_a_budget_everybody_is_asked_for_every_request() -> None:
    run = failing(budget=False)
    after = [request for request in run.requests if request.arrival.at > 5]
    assert {len(request.tries) for request in after} == {3}
    assert len(after) > 2000


def test_the_packages_log_is_as_it_was_after_a_run() -> None:
    logger = logging.getLogger("reverseproxy")
    before = (logger.level, logger.propagate, list(logger.handlers))
    simulate(settings("kill 1@1s", duration=2.0))
    assert (logger.level, logger.propagate, list(logger.handlers)) == before


# The simulated world

Asked = tuple[Agenda, SimulatedUpstream, list[tuple[float, Ending]]]


def test_what_is_due_at_the_same_time_comes_in_the_order_of_its_coming() -> None:
    agenda, seen = Agenda(), list[str]()
    for name in "abc":
        agenda.at(1.0, lambda name=name: seen.append(name))  # type: ignore[misc]  # a default
    agenda.at(0.5, lambda: agenda.after(0.5, lambda: seen.append("d")))
    agenda.run()
    assert seen == ["a", "b", "c", "d"]


@pytest.fixture
def asked() -> Asked:
    """An upstream with one slot, and what it answered to two calls of 10 ms, and when."""
    agenda, answers = Agenda(), list[tuple[float, Ending]]()
    upstream = SimulatedUpstream(agenda, 0.01, 1)
    for _ in range(2):
        upstream.ask(1.0, lambda ending: answers.append((agenda.now, ending)))
    return agenda, upstream, answers


def test_who_finds_no_free_slot_waits(asked: Asked) -> None:
    agenda, upstream, answers = asked
    assert upstream.in_flight == 2
    agenda.run()
    assert answers == [(0.01, 200), (0.02, 200)]
    assert upstream.in_flight == 0


def test_a_kill_resets_what_is_in_flight_and_refuses_what_comes(asked: Asked) -> None:
    agenda, upstream, answers = asked
    upstream.kill()
    upstream.ask(1.0, lambda ending: answers.append((agenda.now, ending)))
    agenda.run()
    assert [type(ending) for _, ending in answers] == [ResponseBroken] * 2 + [ConnectFailed]


def test_who_gives_up_makes_room(asked: Asked) -> None:
    agenda, upstream, answers = asked
    upstream.give_up(upstream._working[0])
    agenda.run()
    assert answers == [(0.01, 200)]


def test_a_percentile_is_a_value_that_there_was() -> None:
    hundred = range(1, 101)
    assert [percentile(hundred, percent) for percent in (50, 99, 100)] == [50, 99, 100]
    assert percentile([3.0], 1) == 3.0
    assert percentile([], 50) is None
