# step: 3
# file: reverseproxy/policies/power_of_two.py
# message: idle, the weights [9, 1] have shares of
# why: a pair of the same one twice is no pair, so the pair is drawn anew


class PowerOfTwo:
    def select(self, upstreams, accepts):
        for _ in range(99):
            one = self._choice.select(upstreams, accepts)
            other = self._choice.select(upstreams, accepts)
            if one is not other:
                return less_busy(one, other)
        return one
