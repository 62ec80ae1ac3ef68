# step: 2
# file: reverseproxy/policies/round_robin.py
# message: an upstream went, and it was picked all the same
# why: itertools.cycle keeps a copy of what it walked over, and asks nobody again
from itertools import cycle


class RoundRobin:
    def __init__(self):
        self._cycle = None

    def select(self, upstreams):
        if self._cycle is None:
            self._cycle = cycle(upstreams)
        return next(self._cycle)
