# step: 2
# file: reverseproxy/policies/round_robin.py
# message: the turn points behind the end
# why: it was right for the list that was there when it was written


class RoundRobin:
    def select(self, upstreams):
        upstream = upstreams[self._next]
        self._next = (self._next + 1) % len(upstreams)
        return upstream
