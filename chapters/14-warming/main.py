"""Chapter 14: four upstreams, 400 requests a second; one is started again, and is cold."""

import sys
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from random import Random

from reverseproxy import SlowStart
from reverseproxy.lease import Lease
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream

now = 0.0
agenda: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
order, dice = count(), Random(14)
policy, *window = sys.argv[1:] or ["least-conn"]
health = [SlowStart(float(window[0]), random=Random(1))] if window else []
urls = [f"http://10.0.0.{number}" for number in range(1, 5)]
target = Target(urls, policy=policy, health=health, clock=lambda: now)
answers = dict.fromkeys(target.upstreams, 1000)  # since it was started
busy = dict.fromkeys(target.upstreams, 0.0)  # until when
late = dict.fromkeys(target.upstreams, 0)  # in a row
total = starts = 0


def at(when: float, what: Callable[..., None], *arguments: object) -> None:
    """Puts something on the agenda."""
    heappush(agenda, (when, next(order), what, arguments))


def arrive() -> None:
    """A request: 5 ms of work, 40 ms with an empty cache; then a database takes 0.4 s."""
    at(now + dice.expovariate(400), arrive)
    lease = target.lease(b"%d" % next(order))
    one = lease.__enter__()
    cold = max(0.0, 1 - answers[one] / 100)  # the first 100 requests fill the cache
    busy[one] = max(now, busy[one]) + 0.005 + 0.035 * cold
    answers[one] += 1
    at(busy[one] + 0.4, answer, lease, one, now)


def answer(lease: Lease, one: Upstream, since: float) -> None:
    """The answer. Who is late ten times in a row is taken for hung, and started again."""
    global total
    lease.__exit__(None, None, None)
    total += now - since > 1
    late[one] = late[one] + 1 if now - since > 1 else 0
    if late[one] == 10 and one.facts.is_up is not False:
        restart(one)


def restart(one: Upstream) -> None:
    """Down for 3 s, and then back with an empty cache."""
    global starts
    starts += 1
    one.facts.is_up = False
    at(now + 3, back, one)


def back(one: Upstream) -> None:
    """It is there again."""
    one.facts.is_up = True
    answers[one], busy[one], late[one] = 0, now, 0


at(0, arrive)
at(5, restart, target.upstreams[2])
while agenda[0][0] < 120:
    now, _, what, arguments = heappop(agenda)
    what(*arguments)
often = "once" if starts == 1 else f"{starts} times"
print(f"{policy}: started {often}, {total} clients waited for more than a second")
