"""Upstreams that count the looks at them."""

from collections import Counter
from typing import ClassVar

from reverseproxy.upstream import Upstream


class Watched(Upstream):
    """An upstream that counts what is read of it."""

    reads: ClassVar[Counter[str]] = Counter()

    def __getattribute__(self, name: str) -> object:
        Watched.reads[name] += 1
        return super().__getattribute__(name)
