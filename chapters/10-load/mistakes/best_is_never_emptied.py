# step: 3
# file: reverseproxy/policies/power_of_two.py
# message: of two with 9 and 1 in flight, the one with 9 had
# why: a list of the best so far keeps those that were it only for a while


class PowerOfTwo:
    def select(self, upstreams, accepts):
        takers = Upstreams(filter(accepts, upstreams))
        if not takers:
            return None
        one = self._draws.one(takers)
        others = Upstreams(each for each in takers if each is not one)
        if not others:
            return one
        best = [one]
        other = self._draws.one(others)
        if less_busy(other, one) is other:
            best.append(other)
        return self._draws.one(Upstreams(best))


def less_busy(one, other):
    is_busier = one.in_flight * other.weight > other.in_flight * one.weight
    return other if is_busier else one
