"""Upstreams with letters for names, and what a policy picks of them."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, TypeVar

import pytest

from reverseproxy.origin import Origin
from reverseproxy.policies.policy import Policy
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams

Item = TypeVar("Item")


def having(*weights: int) -> Upstreams:
    """Upstreams of these weights, called a, b, c and so on."""
    return Upstreams(
        Upstream.parse(f"http://{chr(97 + number)}.example", weight)
        for number, weight in enumerate(weights)
    )


def crowd(*weights: int) -> Upstreams:
    """As many upstreams as one likes, all in one place."""
    origin = Origin.parse("http://crowd.example")
    return Upstreams(Upstream(origin, weight=weight) for weight in weights)


def letter(upstream: Upstream | None) -> str:
    """The upstream's letter; a dash for none."""
    return upstream.origin.host[0] if upstream else "-"


def but(out: Collection[Upstream]) -> Callable[[Upstream], bool]:
    """Accepts all but these, and nobody without a weight."""
    return lambda upstream: upstream.weight > 0 and upstream not in out


def picks(
    policy: Policy, upstreams: Upstreams, count: int, out: Collection[Upstream] = ()
) -> list[Upstream]:
    """The next so many picks; those who are out are not accepted."""
    accepts, picked = but(out), list[Upstream]()
    for _ in range(count):
        upstream = policy.select(upstreams, accepts)
        if upstream is None:
            pytest.fail("nobody was picked, and some are accepted")
        if not accepts(upstream):
            pytest.fail(f"{letter(upstream)} was picked, and it is out, or its weight is 0")
        picked.append(upstream)
    return picked


def letters(
    policy: Policy, upstreams: Upstreams, count: int, out: Collection[Upstream] = ()
) -> str:
    """The same as letters."""
    return "".join(map(letter, picks(policy, upstreams, count, out)))


def unfair(picked: Sequence[Upstream], takers: Collection[Upstream]) -> str:
    """The first row of picks, as long as all weights together, with other shares; "" for none."""
    total = sum(upstream.weight for upstream in takers)
    counts = Counter(picked[:total])
    for begin in range(len(picked) - total + 1):
        for each in takers:
            if counts[each] != each.weight:
                return (
                    f"picks {begin} to {begin + total - 1}: {letter(each)} had {counts[each]} of "
                    f"{total}, and its weight is {each.weight}"
                )
        if begin + total < len(picked):
            counts[picked[begin]] -= 1
            counts[picked[begin + total]] += 1
    return ""


class Counted:
    """Accepts all but some, and counts how often it is asked."""

    def __init__(self, out: Collection[Upstream] = ()) -> None:
        self.out, self.asked = out, 0

    def __call__(self, upstream: Upstream) -> bool:
        """Whether that one is not out."""
        self.asked += 1
        return upstream not in self.out


class Looked(list[Item]):
    """A list that counts how many of its items are looked at, or copied, in Python."""

    looks = 0

    def __iter__(self) -> Iterator[Item]:
        for item in super().__iter__():
            self.looks += 1
            yield item

    def __getitem__(self, index: Any) -> Any:
        """One item, or several."""
        found = super().__getitem__(index)
        self.looks += len(found) if isinstance(index, slice) else 1
        return found

    def copy(self) -> list[Item]:
        """All of them."""
        return list(self)


def watch_learning(monkeypatch: pytest.MonkeyPatch, kind: type) -> list[Upstreams]:
    """Every list that one of that kind learns from now on."""
    learned, learn = list[Upstreams](), getattr(kind, "_learn")  # noqa: B009

    def watched(self: object, upstreams: Upstreams) -> None:
        learned.append(upstreams)
        learn(self, upstreams)

    monkeypatch.setattr(kind, "_learn", watched)
    return learned


def check_learning(learned: Sequence[Upstreams], pick: Callable[[Upstreams], object]) -> None:
    """Each list is learned once: also a new one that has the same upstreams as the last."""
    upstreams = having(3, 1)
    for _ in range(10):
        pick(upstreams)
    assert len(learned) == 1, f"ten picks of one list, and it was learned {len(learned)} times"
    for each in (Upstreams(upstreams), Upstreams(upstreams[1:]), upstreams):
        pick(each)
    assert len(learned) == 4, f"four lists, one after another, and {len(learned)} were learned"
