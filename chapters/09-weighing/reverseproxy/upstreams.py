"""Upstreams: where the requests of one target can go."""

from collections.abc import Iterable, Mapping
from typing import Self

from reverseproxy.errors import ConfigurationError
from reverseproxy.origin import Origin
from reverseproxy.paths import join
from reverseproxy.upstream import Upstream


class Upstreams(tuple[Upstream, ...]):
    """The upstreams of a target, in the order in which they were written; never none."""

    @classmethod
    def parse(cls, urls: str | Iterable[str] | Mapping[str, int]) -> Self:
        """The upstreams at one URL, or at several; a mapping has their weights, from 0 to 256.

        HTTP://H and http://h:80/ are the same: no request could tell them apart.

        Raises ConfigurationError for what is no URL or no weight, for no URL at all, for the same
        one twice, and when all weights are 0.
        """
        weights = urls if isinstance(urls, Mapping) else {}
        urls = [urls] if isinstance(urls, str) else list(urls)
        if not urls:
            raise ConfigurationError("upstreams", urls, "needs at least one URL")
        found: dict[tuple[Origin, bytes], Upstream] = {}
        for url in urls:
            upstream = Upstream.parse(url, weights.get(url, 1))
            place = upstream.origin, join(upstream.base, b"/")
            if place in found:
                raise ConfigurationError("upstream", url, "is there twice in one target")
            found[place] = upstream
        if not any(upstream.weight for upstream in found.values()):
            raise ConfigurationError("weights", dict(weights), "needs one above 0")
        return cls(found.values())
