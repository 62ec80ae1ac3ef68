# step: 2
# file: reverseproxy/policies/bounded.py
# message: one choice of 300, and weight was read
# why: whoever is available is known, and a sum is one line


class BoundedLoad:
    def _fitting(self, upstreams):
        available = upstreams.available
        weight = sum(each.weight for each in upstreams if each in available)
        if not weight:
            return lambda _: True
        bound = (available.in_flight + 1) * self._factor
        return lambda each: each.in_flight < max(1, ceil(bound * each.weight / weight))
