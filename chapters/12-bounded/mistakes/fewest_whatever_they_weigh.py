# step: 2
# file: reverseproxy/policies/bounded.py
# message: 5 at weight 1 is more than 8 at weight 2
# why: least is least


class BoundedLoad:
    def find(self, key, upstreams, accepts):
        fits = self._fitting(upstreams)
        if found := self._policy.find(key, upstreams, lambda each: accepts(each) and fits(each)):
            return found
        return min(filter(accepts, upstreams), key=lambda each: each.in_flight, default=None)
