# step: 2
# file: reverseproxy/policies/bounded.py
# message: an idle one is not full
# why: a bound is a bound, and its share is less than a request


class BoundedLoad:
    def _fitting(self, upstreams):
        available = upstreams.available
        if not available.weight:
            return lambda _: True
        bound, weight = (available.in_flight + 1) * self._factor, available.weight
        return lambda each: each.in_flight < round(bound * each.weight / weight)
