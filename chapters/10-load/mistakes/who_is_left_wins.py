# step: 3
# file: reverseproxy/policies/power_of_two.py
# message: others accepted with less to do, and the busiest taker was chosen
# why: of two that were drawn, one does not accept, and so it is the other


class PowerOfTwo:
    def select(self, upstreams, accepts):
        for _ in range(PAIRS):
            one, other = self._draws.one(upstreams), self._draws.one(upstreams)
            if one is not other and (accepts(one) or accepts(other)):
                if not accepts(other):
                    return one
                return less_busy(one, other) if accepts(one) else other
        takers = Upstreams(filter(accepts, upstreams))
        return self._draws.one(takers) if takers else None
