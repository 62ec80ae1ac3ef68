# step: 1
# file: reverseproxy/policies/smooth.py
# message: d came, and the next pick was a: all began anew
# why: a new list makes new credits


class SmoothWeighted:
    def select(self, upstreams, accepts):
        if upstreams is not self._of:
            self._credit = dict.fromkeys(upstreams, 0)
            self._of = upstreams
        credit, richest, earned = self._credit, None, 0
        for upstream in upstreams:
            if not accepts(upstream):
                continue
            credit[upstream] += upstream.weight
            earned += upstream.weight
            if richest is None or credit[upstream] > credit[richest]:
                richest = upstream
        if richest is not None:
            credit[richest] -= earned
        return richest
