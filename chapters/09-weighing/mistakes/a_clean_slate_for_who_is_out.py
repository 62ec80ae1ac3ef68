# step: 1
# file: reverseproxy/policies/smooth.py
# message: 5, 1, 1, a out every other time
# why: those who are out earn nothing and owe nothing, so they have 0


class SmoothWeighted:
    def select(self, upstreams, accepts):
        if upstreams is not self._of:
            self._learn(upstreams)
        takers = [upstream for upstream in upstreams if accepts(upstream)]
        for upstream in upstreams:
            if upstream in takers:
                self._credit[upstream] += upstream.weight
            else:
                self._credit[upstream] = 0
        richest = max(takers, key=lambda upstream: self._credit[upstream], default=None)
        if richest is not None:
            self._credit[richest] -= sum(upstream.weight for upstream in takers)
        return richest
