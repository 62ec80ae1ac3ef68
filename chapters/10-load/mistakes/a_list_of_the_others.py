# step: 3
# file: reverseproxy/policies/power_of_two.py
# message: for a choice of two among 1,000
# why: the second is drawn among the others, so a list of the others is made
from reverseproxy.upstreams import Upstreams


class PowerOfTwo:
    def select(self, upstreams, accepts):
        one = self._choice.select(upstreams, accepts)
        others = Upstreams(each for each in upstreams if each is not one)
        if one is None or not others:
            return one
        other = self._choice.select(others, accepts)
        return less_busy(one, other) if other else one
