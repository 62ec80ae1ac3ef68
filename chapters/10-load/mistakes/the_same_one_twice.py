# step: 3
# file: reverseproxy/policies/power_of_two.py
# message: and the busiest of all was chosen
# why: two draws are two upstreams, nearly always


class PowerOfTwo:
    def select(self, upstreams, accepts):
        one = self._choice.select(upstreams, accepts)
        if one is None:
            return None
        return less_busy(one, self._choice.select(upstreams, accepts))
