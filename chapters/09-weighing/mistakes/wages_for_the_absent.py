# step: 1
# file: reverseproxy/policies/smooth.py
# message: it was out, earned all the while
# why: everyone earns, and who can have the request is another question


class SmoothWeighted:
    def select(self, upstreams, accepts):
        if upstreams is not self._of:
            self._learn(upstreams)
        takers = list(filter(accepts, upstreams))
        if not takers:
            return None
        for upstream in upstreams:
            self._credit[upstream] += upstream.weight
        richest = max(takers, key=lambda upstream: self._credit[upstream])
        self._credit[richest] -= sum(upstream.weight for upstream in takers)
        return richest
