# step: 2
# file: reverseproxy/policies/bounded.py
# message: another policy than the given one has chosen
# why: bounded load is a ring with bounds


class BoundedLoad:
    def find(self, key, upstreams, accepts):
        fits = self._fitting(upstreams)
        if found := Ring().find(key, upstreams, lambda each: accepts(each) and fits(each)):
            return found
        least = None
        for upstream in filter(accepts, upstreams):
            least = less_busy(least, upstream) if least else upstream
        return least
