# step: 3
# file: reverseproxy/policies/power_of_two.py
# message: somebody accepts, and None was chosen
# why: without a second one there is nothing to compare


class PowerOfTwo:
    def select(self, upstreams, accepts):
        one = self._choice.select(upstreams, accepts)
        other = self._choice.select(upstreams, lambda each: each is not one and accepts(each))
        return less_busy(one, other) if one and other else None
