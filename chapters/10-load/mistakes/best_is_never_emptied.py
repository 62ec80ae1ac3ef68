# step: 3
# file: reverseproxy/policies/power_of_two.py
# message: of two with 9 and 1 in flight, the one with 9 had
# why: a list of the best so far keeps those that were it only for a while


class PowerOfTwo:
    def select(self, upstreams, accepts):
        one = self._choice.select(upstreams, accepts)
        if one is None:
            return None
        best = [one]
        other = self._choice.select(upstreams, lambda each: each is not one and accepts(each))
        if other and less_busy(other, one) is other:
            best.append(other)
        return self._choice.select(Upstreams(best), lambda each: True)


def less_busy(one, other):
    is_busier = one.in_flight * other.weight > other.in_flight * one.weight
    return other if is_busier else one
