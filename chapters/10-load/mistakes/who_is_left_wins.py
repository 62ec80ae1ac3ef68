# step: 3
# file: reverseproxy/policies/power_of_two.py
# message: others accepted with less to do, and the busiest taker was chosen
# why: of two that were drawn, one does not accept, and so it is the other


class PowerOfTwo:
    def select(self, upstreams, accepts):
        one = self._choice.select(upstreams, accepts)
        other = self._choice.select(upstreams, lambda each: each is not one)
        return less_busy(one, other) if one and other and accepts(other) else one
