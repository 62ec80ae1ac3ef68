# step: 3
# file: reverseproxy/policies/power_of_two.py
# message: somebody accepts, and None was chosen
# why: eight pairs are plenty


class PowerOfTwo:
    def select(self, upstreams, accepts):
        for _ in range(PAIRS):
            one, other = self._draws.one(upstreams), self._draws.one(upstreams)
            if one is not other and accepts(one) and accepts(other):
                return less_busy(one, other)
        return None
