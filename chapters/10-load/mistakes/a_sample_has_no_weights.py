# step: 3
# file: reverseproxy/policies/power_of_two.py
# message: idle, the weights [4, 2, 2] have shares of
# why: random.sample draws two different ones, and the weights come in when they are compared
from random import sample


class PowerOfTwo:
    def select(self, upstreams, accepts):
        for _ in range(8):
            one, other = sample(upstreams, 2) if len(upstreams) > 1 else upstreams * 2
            if accepts(one) and accepts(other):
                return less_busy(one, other)
        takers = list(filter(accepts, upstreams))
        if len(takers) < 2:
            return takers[0] if takers else None
        return less_busy(*sample(takers, 2))
