# step: 2
# file: reverseproxy/policies/bounded.py
# message: 25 slots and 25 in flight
# why: what is the same for all is worked out once


class BoundedLoad:
    def _fitting(self, upstreams):
        available = upstreams.available
        if not available.weight:
            return lambda _: True
        bound, weight = (available.in_flight + 1) * self._factor, available.weight
        return lambda each: each.in_flight < max(1, ceil(bound / weight * each.weight))
