"""An introduction: what a PROXY header says, in either version."""

from dataclasses import dataclass

from reverseproxy.errors import ExchangeError


@dataclass(frozen=True, slots=True)
class Introduction:
    """Who called, and where: addresses without brackets, and ports. "" when that is not known."""

    source: str = ""
    source_port: int = 0
    destination: str = ""
    destination_port: int = 0


UNKNOWN = Introduction()
"""A caller without an address, or one that its proxy does not tell."""

Found = tuple[Introduction, int]
"""An introduction, and how many bytes the header has that said it."""


class NotIntroduced(ExchangeError):
    """A connection should have begun with a PROXY header, and did not: it is broken off."""
