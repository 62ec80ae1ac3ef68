# step: 3
# file: reverseproxy/policies/power_of_two.py
# message: and the busiest of all was chosen
# why: two draws are two upstreams, nearly always


class PowerOfTwo:
    def select(self, upstreams, accepts):
        for _ in range(PAIRS):
            one, other = self._draws.one(upstreams), self._draws.one(upstreams)
            if accepts(one) and accepts(other):
                return less_busy(one, other)
        takers = Upstreams(filter(accepts, upstreams))
        if not takers:
            return None
        return less_busy(self._draws.one(takers), self._draws.one(takers))
