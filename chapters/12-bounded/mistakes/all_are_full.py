# step: 2
# file: reverseproxy/policies/bounded.py
# message: all are full, and nobody was chosen
# why: a bound that is exceeded is none


class BoundedLoad:
    def find(self, key, upstreams, accepts):
        fits = self._fitting(upstreams)
        return self._policy.find(key, upstreams, lambda each: accepts(each) and fits(each))
