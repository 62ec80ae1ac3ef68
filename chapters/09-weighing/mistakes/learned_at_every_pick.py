# step: 1
# file: reverseproxy/policies/smooth.py
# message: ten picks of one list, and it was learned 10 times
# why: to learn too often does no harm


class SmoothWeighted:
    def select(self, upstreams, accepts):
        self._learn(upstreams)
        takers = list(filter(accepts, upstreams))
        for upstream in takers:
            self._credit[upstream] += upstream.weight
        richest = max(takers, key=lambda upstream: self._credit[upstream], default=None)
        if richest is not None:
            self._credit[richest] -= sum(upstream.weight for upstream in takers)
        return richest
