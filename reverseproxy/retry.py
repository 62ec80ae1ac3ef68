"""Retries: when another upstream gets a try, and when that would only make things worse."""

from collections.abc import Collection
from dataclasses import dataclass

from reverseproxy.clock import Clock
from reverseproxy.errors import ConnectFailed, UpstreamError
from reverseproxy.settings import check_count, check_number, check_statuses
from reverseproxy.window import Window

REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Asking twice comes to the same as asking once (RFC 9110, section 9.2.2)."""

MEMORY = 10.0
"""Seconds of requests that a budget is reckoned from."""

Failure = UpstreamError | int
"""Why an upstream is given up: an error, or the status that it answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often another upstream gets a try.

    A request that was not sent may always go elsewhere. One that was sent goes a second time only
    if its method allows it and its body can be sent again, and within a budget: in any ten seconds
    `ratio` of the target's requests and `per_second` a second on top.

    Raises ConfigurationError for a number out of range.
    """

    limit: int = 2
    """Tries after the first, each with an upstream that was not asked yet."""
    statuses: Collection[int] = ()
    """Answers that are given up for another try, like 502, 503 and 504."""
    ratio: float = 0.2
    per_second: float = 10.0
    body: int = 65_536
    """Bytes of a request's body that are kept, to be sent again."""

    def __post_init__(self) -> None:
        check_count("retry limit", self.limit, 0, 100)
        check_number("retry ratio", self.ratio, 0, 100)
        check_number("retry per_second", self.per_second, 0, 1_000_000)
        check_count("retry body", self.body, 0, 1_073_741_824)
        object.__setattr__(self, "statuses", check_statuses("retry statuses", self.statuses))


def is_safe(method: str, failure: Failure, *, is_whole: bool) -> bool:
    """Whether another upstream may get the request after such a failure.

    `is_whole`: everything of the request's body that was sent can be sent again.
    """
    if not is_whole:
        return False
    return isinstance(failure, ConnectFailed) or method in REPEATABLE


class Budget:
    """How many retries a target can afford: some of the requests that it had lately.

    Source: Finagle's RetryBudget.
    """

    def __init__(self, settings: Retry, clock: Clock) -> None:
        self._clock = clock
        self._ratio = settings.ratio
        self._reserve = settings.per_second * MEMORY
        self._requests = Window(MEMORY)
        self._retries = Window(MEMORY)

    def earn(self) -> None:
        """A request came: part of a retry is earned."""
        self._requests.add(1, self._clock())

    def spend(self) -> bool:
        """Takes one retry from the budget; False when it does not hold one."""
        now = self._clock()
        afford = self._ratio * self._requests.total(now) + self._reserve
        if self._retries.total(now) + 1 > afford:
            return False
        self._retries.add(1, now)
        return True
