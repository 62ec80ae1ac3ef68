# step: 3
# file: reverseproxy/policies/power_of_two.py
# message: two have the same host and port, and the busier one had
# why: an upstream is where its requests go, so who is found there is the same one


class PowerOfTwo:
    def select(self, upstreams, accepts):
        one = self._choice.select(upstreams, accepts)
        if one is None:
            return None
        other = self._choice.select(
            upstreams, lambda each: each.origin != one.origin and accepts(each)
        )
        return less_busy(one, other) if other else one
