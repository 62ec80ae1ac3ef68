# step: 1
# file: reverseproxy/policies/smooth.py
# message: all weights are equal, and the first pick was c
# why: as rich as the richest is the richest


class SmoothWeighted:
    def select(self, upstreams, accepts):
        if upstreams is not self._of:
            self._learn(upstreams)
        credit, richest, earned = self._credit, None, 0
        for upstream in upstreams:
            if not accepts(upstream):
                continue
            credit[upstream] += upstream.weight
            earned += upstream.weight
            if richest is None or credit[upstream] >= credit[richest]:
                richest = upstream
        if richest is not None:
            credit[richest] -= earned
        return richest
