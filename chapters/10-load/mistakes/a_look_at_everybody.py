# step: 2
# file: reverseproxy/policies/least_connections.py
# message: one of 1000 with equal loads: upstreams were looked at
# why: it is right, and with ten upstreams nobody can tell


class LeastConnections:
    def select(self, upstreams, accepts):
        takers = [each for each in upstreams if accepts(each)]
        for each in upstreams:
            self._load.setdefault(each, 0)
        if not takers:
            return None
        chosen = min(takers, key=lambda each: (load_of(each), self._load[each]))
        self._load[chosen] = max(self._load.values()) + 1
        return chosen

    def _move(self, upstream):
        pass

    def _insert(self, upstream):
        pass

    def _remove(self, upstream):
        pass


def load_of(upstream):
    return upstream.in_flight / upstream.weight if upstream.weight else float("inf")
