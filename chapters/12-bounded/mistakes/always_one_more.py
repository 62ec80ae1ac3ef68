# step: 2
# file: reverseproxy/policies/bounded.py
# message: 3 in flight and one to come, four upstreams, factor 1: one has
# why: int rounds down, so plus one rounds up


class BoundedLoad:
    def _fitting(self, upstreams):
        available = upstreams.available
        if not available.weight:
            return lambda _: True
        bound, weight = (available.in_flight + 1) * self._factor, available.weight
        return lambda each: each.in_flight < max(1, int(bound * each.weight / weight) + 1)
