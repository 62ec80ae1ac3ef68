# step: 1
# file: reverseproxy/policies/smooth.py
# message: a has its five picks in a row
# why: whoever has the most credit goes first, until it is used up


class SmoothWeighted:
    def select(self, upstreams, accepts):
        if upstreams is not self._of:
            self._learn(upstreams)
        takers = [upstream for upstream in upstreams if accepts(upstream) and upstream.weight]
        if not takers:
            return None
        if not any(self._credit[upstream] > 0 for upstream in takers):
            for upstream in takers:
                self._credit[upstream] = upstream.weight
        richest = next(upstream for upstream in takers if self._credit[upstream] > 0)
        self._credit[richest] -= 1
        return richest
