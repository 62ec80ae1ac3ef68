# step: 2
# file: reverseproxy/policies/bounded.py
# message: 13 slots, and the key was sent on after
# why: half a request is none


class BoundedLoad:
    def _fitting(self, upstreams):
        available = upstreams.available
        if not available.weight:
            return lambda _: True
        bound, weight = (available.in_flight + 1) * self._factor, available.weight
        return lambda each: each.in_flight < max(1, int(bound * each.weight / weight))
