"""Policies in simulated time: all of them, their weights and keys, a slow start and panic."""

import os
import subprocess
import sys
from collections import Counter
from itertools import islice
from random import Random

import pytest

from chapters.course import Course
from chapters.simulation import policies
from chapters.simulation.agenda import Agenda
from chapters.simulation.faults import Fault
from chapters.simulation.keys import drawn, shares
from chapters.simulation.measures import clients
from chapters.simulation.measures import shares as had
from chapters.simulation.settings import Settings
from chapters.simulation.upstreams import COLD, SimulatedUpstream
from chapters.simulation.world import Run, simulate
from chapters.trees import write_tree
from reverseproxy.policies.names import KEYED, POLICIES
from reverseproxy.upstreams import Upstreams
from tests.course.sample_book import PROJECT
from tests.course.terminal import Terminal

CALM = {"duration": 5.0, "rate": 200.0}


def run(policy: str, *faults: str, **others: object) -> Run:
    """A run with faults written as 'kill 1@5s'."""
    parsed = tuple(Fault.parse(*fault.split()) for fault in faults)
    return simulate(Settings(policy=policy, faults=parsed, **others))  # type: ignore[arg-type]


def parts(done: Run) -> list[float]:
    return [each.share for each in had(done)]


def chosen(done: Run) -> list[int]:
    return [one.upstream for request in done.requests for one in request.tries]


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_serves_and_does_the_same_for_the_same_seed(policy: str) -> None:
    first = run(policy, **CALM)
    assert clients(first).errors == 0
    assert chosen(run(policy, **CALM)) == chosen(first)


@pytest.mark.parametrize("policy", ["random", "p2c"])
def test_chance_is_another_with_another_seed(policy: str) -> None:
    upstreams = Upstreams.parse([f"http://upstream-{number}" for number in range(10)])
    made = [policies.made(policy, seed) for seed in (1, 2, 1)]
    picks = [[each.select(upstreams, lambda _: True) for _ in range(30)] for each in made]
    assert picks[0] == picks[2] != picks[1]


def test_what_comes_is_the_same_for_every_policy() -> None:
    came = [[each.arrival for each in run(name, **CALM).requests] for name in POLICIES]
    assert all(each == came[0] for each in came)


@pytest.mark.parametrize("policy", ["round-robin", "random", "ring", "maglev"])
def test_weights_are_shares(policy: str) -> None:
    done = run(policy, weights=(3, 1, 1), keys=5000, **CALM)
    assert parts(done) == pytest.approx([0.6, 0.2, 0.2], abs=0.1)


def test_the_first_does_it_all_until_it_is_gone() -> None:
    assert parts(run("first", **CALM)) == [1, 0, 0]
    assert parts(run("first", "kill 1@1s", **CALM))[1] > 0.7


def test_least_connections_keeps_from_a_slow_upstream_what_round_robin_gives_it() -> None:
    slow = {"service_times": (0.01, 0.01, 0.1), "slots": 1, "rate": 60.0}
    turns, least = run("round-robin", **slow), run("least-conn", **slow)
    assert parts(turns)[2] == pytest.approx(1 / 3, abs=0.01)
    assert parts(least)[2] < 0.25
    assert (clients(least).p99 or 0) < (clients(turns).p99 or 0) / 5


# Keys


def test_a_key_that_half_the_world_asks_for_is_too_much_for_one_upstream() -> None:
    ring, bounded = (run(name, hot=0.5, slots=1, **CALM) for name in ("ring", "bounded"))
    assert max(parts(ring)) > 0.5
    assert max(parts(bounded)) < max(parts(ring)) - 0.1
    assert (clients(bounded).p99 or 0) < (clients(ring).p99 or 0)


def test_one_key_is_one_upstream() -> None:
    assert sorted(parts(run("maglev", keys=1, **CALM))) == [0, 0, 1]


def test_shares_of_keys_are_alike_or_zipfs_or_as_they_are_set() -> None:
    assert shares(4) == [0.25] * 4
    assert shares(3, zipf=True) == pytest.approx([6 / 11, 3 / 11, 2 / 11])
    assert shares(3, zipf=True, hot=0.5) == pytest.approx([0.5, 0.3, 0.2])
    assert shares(1, hot=0.5) == [1]


def test_keys_are_drawn_as_often_as_their_shares() -> None:
    counts = Counter(islice(drawn(Random(1), shares(3, zipf=True)), 11_000))
    assert [counts[b"key-%d" % rank] for rank in (1, 2, 3)] == pytest.approx(
        [6000, 3000, 2000], rel=0.1
    )


# Coming back


def test_a_cold_upstream_takes_longer_and_gets_warm() -> None:
    agenda, ends = Agenda(), list[float]()
    upstream = SimulatedUpstream(agenda, 0.01, 1, warm_up=1.0)
    upstream.restart()

    def ask() -> None:
        upstream.ask(1.0, lambda _: ends.append(agenda.now))

    for at in (0.0, 0.5, 2.0):
        agenda.at(at, ask)
    agenda.run()
    took = [round(end - at, 6) for end, at in zip(ends, (0.0, 0.5, 2.0), strict=True)]
    assert took == [0.01 * COLD, 0.01 * (1 + (COLD - 1) / 2), 0.01]
    assert upstream.worked == pytest.approx(sum(took))


def back(slow_start: float) -> list[int]:
    """Tries of the first upstream, in each second after it was up again."""
    done = run(
        "round-robin", "kill 1@2s", "restart 1@12s", active=True, passive=False, duration=30.0,
        slow_start=slow_start,
    )  # fmt: skip
    up = next(line.at for line in done.log if line.what.endswith(": up"))
    own = [one for each in done.requests for one in each.tries if one.upstream == 0]
    return [sum(up + n <= one.began < up + n + 1 for one in own) for n in range(12)]


def test_a_slow_start_gives_few_requests_first() -> None:
    at_once, slowly = back(0.0), back(10.0)
    assert slowly[0] < at_once[0] / 3
    assert slowly[0] < slowly[5] < at_once[11] * 1.5
    assert slowly[11] == pytest.approx(at_once[11], rel=0.3)


def test_panic_ignores_what_probes_say() -> None:
    kills = ("kill 1@1s", "kill 2@1s")
    settings = {"active": True, "passive": False, "duration": 12.0}
    calm, panicked = (
        run("round-robin", *kills, **settings),
        run("round-robin", *kills, panic=0.5, **settings),
    )
    late = [
        {one.upstream for each in done.requests for one in each.tries if one.began > 10}
        for done in (calm, panicked)
    ]
    assert late == [{2}, {0, 1, 2}]
    assert any(line.what.startswith("panic: 1 of 3") for line in panicked.log)


# The verb


def test_several_policies_are_compared_in_one_table(terminal: Terminal) -> None:
    said = terminal.run("simulate", "--duration", "2s", "--policy", ",".join(POLICIES))
    assert said.code == 0
    heads = [line.split() for line in said.out.splitlines()]
    assert ["policy", "p50", "ms", "p99", "ms", "errors", "retries", "1", "2", "3"] in heads
    assert [row[0] for row in heads if row and row[0] in POLICIES] == list(POLICIES)
    assert "upstream 1" not in said.out


def test_of_many_upstreams_the_least_and_the_greatest_share_are_told(terminal: Terminal) -> None:
    said = terminal.run("simulate", "--upstreams", "9", "--policy", "random,ring")
    assert ["retries", "least", "most"] in [line.split()[-3:] for line in said.out.splitlines()]
    assert "the least and the greatest share" in said.out


def test_the_help_names_every_policy(terminal: Terminal) -> None:
    said = " ".join(terminal.run("simulate", "--help").out.split())
    for name in POLICIES:
        assert name in said


@pytest.mark.parametrize("number", [9, 10, 11, 12, 13, 14])
def test_it_runs_with_the_package_of_each_chapter_that_has_policies(
    number: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("tree")
    write_tree(Course.load(PROJECT).tree(number), folder)
    script = (
        "from chapters.simulation import policies\n"
        "from chapters.simulation.settings import Settings\n"
        "from chapters.simulation.world import simulate\n"
        "for name in policies.known():\n"
        "    simulate(Settings(policy=name, weights=(3, 1, 1), duration=0.5))\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], check=False, cwd=folder, capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(PROJECT)))},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()


def test_keyed_policies_are_those_of_the_package() -> None:
    assert policies.known() == tuple(POLICIES)
    assert policies.keyed() == tuple(KEYED)
