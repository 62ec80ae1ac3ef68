# step: 2
# file: reverseproxy/policies/bounded.py
# message: 13, 13 and 4 were expected of three that are available
# why: upstreams is at hand, and has all of them


class BoundedLoad:
    def _fitting(self, upstreams):
        in_flight = sum(each.in_flight for each in upstreams)
        bound = (in_flight + 1) * self._factor
        weight = sum(each.weight for each in upstreams)
        return lambda each: each.in_flight < max(1, ceil(bound * each.weight / weight))
