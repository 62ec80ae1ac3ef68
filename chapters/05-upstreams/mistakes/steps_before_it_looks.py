# step: 2
# file: reverseproxy/policies/round_robin.py
# message: look before you step on
# why: "the last one" is kept, and before the first request there was none: 0 is taken for it


class RoundRobin:
    def select(self, upstreams):
        self._next = (self._next + 1) % len(upstreams)
        return upstreams[self._next]
