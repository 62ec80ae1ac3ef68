# step: 2
# file: reverseproxy/policies/bounded.py
# message: all are ejected, and what they weigh together was divided by
# why: when nobody is available, nobody asks


class BoundedLoad:
    def _fitting(self, upstreams):
        available = upstreams.available
        bound, weight = (available.in_flight + 1) * self._factor, available.weight
        return lambda each: each.in_flight < max(1, ceil(bound * each.weight / weight))
