# step: 3
# file: reverseproxy/policies/power_of_two.py
# message: 50 choices among 1,000 asked
# why: if two are good, all must be better


class PowerOfTwo:
    def select(self, upstreams, accepts):
        takers = list(filter(accepts, upstreams))
        best = takers[0] if takers else None
        for each in takers:
            best = less_busy(best, each)
        return best
