"""Upstreams: where the requests of one target can go."""

from collections.abc import Iterable
from typing import Self

from reverseproxy.errors import ConfigurationError
from reverseproxy.origin import Origin
from reverseproxy.paths import join
from reverseproxy.upstream import Upstream


class Upstreams(tuple[Upstream, ...]):
    """The upstreams of a target, in the order in which they were written; never none."""

    @classmethod
    def parse(cls, urls: str | Iterable[str]) -> Self:
        """The upstreams at one URL, or at several.

        HTTP://H and http://h:80/ are the same: no request could tell them apart.

        Raises ConfigurationError for what is no URL, for no URL at all, and for the same one twice.
        """
        urls = [urls] if isinstance(urls, str) else list(urls)
        if not urls:
            raise ConfigurationError("upstreams", urls, "needs at least one URL")
        found: dict[tuple[Origin, bytes], Upstream] = {}
        for url in urls:
            upstream = Upstream.parse(url)
            place = upstream.origin, join(upstream.base, b"/")
            if place in found:
                raise ConfigurationError("upstream", url, "is there twice in one target")
            found[place] = upstream
        return cls(found.values())
