"""Policies of the user's own, and policies that two targets would share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from reverseproxy import BoundedLoad, ConfigurationError, Maglev, Ring
from reverseproxy.errors import NoUpstreamAvailable
from reverseproxy.policies.keyed import Keyed
from reverseproxy.policies.names import POLICIES
from reverseproxy.policies.policy import Accepts, Policy
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams

URLS = ["http://127.0.0.1:7001", "http://127.0.0.1:7002"]


class Stubborn:
    """Chooses the first, whatever the others say."""

    def select(self, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """The first."""
        return upstreams[0]


@dataclass
class Unhashable(Stubborn):
    """Two of these may be equal, so no set can hold them."""


@pytest.mark.parametrize("state", ["drain", "maint"])
def test_a_policy_is_not_believed_when_it_chooses_who_is_out(state: str) -> None:
    target = Target(URLS, policy=Stubborn())
    assert target.select_upstream() is target.upstreams[0]
    target.set_state(URLS[0], state)

    with pytest.raises(NoUpstreamAvailable, match=r"the policy chose http://127\.0\.0\.1:7001"):
        target.select_upstream()


def test_nor_when_it_chooses_who_was_tried() -> None:
    target = Target(URLS, policy=Stubborn())
    with pytest.raises(NoUpstreamAvailable, match="the policy chose"):
        target.select_upstream(tried=[target.upstreams[0]])


class Stranger:
    """Chooses an upstream of nobody's."""

    def select(self, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """A new one."""
        return Upstream.parse("http://127.0.0.1:7009")


def test_nor_when_it_chooses_a_stranger() -> None:
    with pytest.raises(NoUpstreamAvailable, match="the policy chose"):
        Target(URLS, policy=Stranger()).select_upstream()


@pytest.mark.parametrize("make", [*POLICIES.values(), Stubborn])
def test_a_policy_serves_one_target(make: Callable[[], Policy | Keyed]) -> None:
    policy = make()
    Target(URLS, policy=policy)
    with pytest.raises(ConfigurationError, match="another target's"):
        Target(["http://127.0.0.1:7003"], policy=policy)


@pytest.mark.parametrize("make", [Ring, Maglev])
def test_so_does_one_below_another(make: Callable[[], Keyed]) -> None:
    policy = make()
    Target(URLS, policy=BoundedLoad(policy))
    for again in (lambda: Target(URLS, policy=policy), lambda: BoundedLoad(policy)):
        with pytest.raises(ConfigurationError, match="another target's"):
            again()


def test_what_cannot_be_remembered_is_taken_all_the_same() -> None:
    assert Target(URLS, policy=Unhashable()).select_upstream()


@pytest.mark.parametrize("policy", [Ring, 7, None, ["ring"]])
def test_what_is_no_policy_is_refused(policy: Any) -> None:
    with pytest.raises(ConfigurationError, match="is a name, or an object with a method"):
        Target(URLS, policy=policy)
