# step: 3
# file: reverseproxy/policies/power_of_two.py
# message: in flight at weights [256, 1], and the busiest of all was chosen
# why: ten draws that are all the same one look like something that does not happen


class PowerOfTwo:
    def select(self, upstreams, accepts):
        one = self._choice.select(upstreams, accepts)
        for _ in range(10):
            other = self._choice.select(upstreams, accepts)
            if other is not one:
                return less_busy(one, other)
        return one
