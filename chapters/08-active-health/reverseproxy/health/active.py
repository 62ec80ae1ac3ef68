"""Active health: asking upstreams how they are."""

import logging
from dataclasses import dataclass
from typing import Protocol

from reverseproxy.errors import ConfigurationError
from reverseproxy.settings import check_count, check_number
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams

logger = logging.getLogger(__name__)

LONGEST_REASON = 200
"""Characters of a reason that are kept: a stranger may have written it, and we log it."""


class ProbeFailed(Exception):
    """The upstream did not answer as it should; the text says what it did."""


class Probe(Protocol):
    """One question to one upstream."""

    async def probe(self, upstream: Upstream) -> None:
        """Returns when all is well. Raises ProbeFailed when it is not.

        It is cancelled when it takes too long.
        """


@dataclass(frozen=True, slots=True)
class ActiveHealth:
    """Probes each upstream, and takes out those that fail until they pass again.

    An upstream is up before its first probe, and that one decides at once. From then on it takes
    `fall` failures in a row to go down, and `rise` passes in a row to come up. Times in seconds.

    Raises ConfigurationError for a number out of range.
    """

    probe: Probe
    interval: float = 2.0
    timeout: float = 1.0
    fall: int = 3
    rise: int = 2
    jitter: float = 0.05
    """Each interval is longer or shorter by up to this share of it."""
    heavy: Probe | None = None
    """A probe that costs more, and takes the place of each `heavy_every`th light one."""
    heavy_every: int = 50

    def __post_init__(self) -> None:
        check_number("active health interval", self.interval, 0.01, 86_400)
        check_number("active health timeout", self.timeout, 0.001, 86_400)
        if self.timeout > self.interval:
            raise ConfigurationError(
                "active health timeout", self.timeout, f"is at most the interval, {self.interval:g}"
            )
        check_count("active health fall", self.fall, 1, 1_000)
        check_count("active health rise", self.rise, 1, 1_000)
        check_number("active health jitter", self.jitter, 0, 0.5)
        check_count("active health heavy_every", self.heavy_every, 1, 1_000_000)

    def watch(self, upstreams: Upstreams) -> "Checks":
        """The checks of one target's upstreams."""
        return Checks(tuple(Check(self, upstream) for upstream in upstreams))


class Check:
    """What the probes of one upstream came to."""

    def __init__(self, settings: ActiveHealth, upstream: Upstream) -> None:
        self.settings = settings
        self.upstream = upstream
        self._asked = 0
        self._in_a_row = 0
        self._is_heavy = False

    @property
    def timeout(self) -> float:
        """Seconds that a probe may take: it is over before the next one can be due."""
        settings = self.settings
        return min(settings.timeout, settings.interval * (1 - settings.jitter))

    def next_probe(self) -> Probe:
        """The light probe, or the heavy one, if there is one and it is its turn.

        When a heavy one fails, the next ones are heavy too, until all is well again: a light one
        that passes would hide what it found.
        """
        heavy = self.settings.heavy
        self._asked += 1
        in_doubt = self._in_a_row > 0 or self.upstream.facts.is_up is False
        is_turn = self._asked % self.settings.heavy_every == 0
        self._is_heavy = heavy is not None and (is_turn or (self._is_heavy and in_doubt))
        return heavy if heavy and self._is_heavy else self.settings.probe

    def passed(self) -> None:
        """A probe passed: an upstream that is down may come up."""
        facts = self.upstream.facts
        if facts.is_up is None:
            facts.is_up = True
        self._in_a_row = 0 if facts.is_up else self._in_a_row + 1
        if self._in_a_row >= self.settings.rise:
            self._turn(is_up=True, why="")

    def failed(self, why: str) -> None:
        """A probe failed: an upstream that is up may go down."""
        facts = self.upstream.facts
        if facts.is_up is None:
            self._turn(is_up=False, why=why)
        self._in_a_row = self._in_a_row + 1 if facts.is_up else 0
        if self._in_a_row >= self.settings.fall:
            self._turn(is_up=False, why=why)

    def forget(self) -> None:
        """As if nobody had ever asked."""
        facts = self.upstream.facts
        facts.is_up, facts.why_down = None, ""
        self._in_a_row = 0

    def _turn(self, *, is_up: bool, why: str) -> None:
        """Changes the fact, and says so: once a change."""
        facts = self.upstream.facts
        facts.is_up, facts.why_down = is_up, why[:LONGEST_REASON]
        self._in_a_row = 0
        if is_up:
            logger.info("upstream %s: up", self.upstream)
        else:
            logger.warning("upstream %s: down: %s", self.upstream, facts.why_down)


@dataclass(frozen=True, slots=True)
class Checks:
    """The checks of one target's upstreams."""

    all: tuple[Check, ...]
