# step: 1
# file: reverseproxy/policies/smooth.py
# message: a was out for six picks, and the next seven were
# why: the pot is the sum of all weights


class SmoothWeighted:
    def select(self, upstreams, accepts):
        if upstreams is not self._of:
            self._learn(upstreams)
        takers = list(filter(accepts, upstreams))
        if not takers:
            return None
        for upstream in takers:
            self._credit[upstream] += upstream.weight
        richest = max(takers, key=lambda upstream: self._credit[upstream])
        self._credit[richest] -= sum(upstream.weight for upstream in upstreams)
        return richest
