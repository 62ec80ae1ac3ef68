# step: 3
# file: reverseproxy/policies/power_of_two.py
# message: five of fifty accept
# why: once all have been asked, the least of them costs nothing more


class PowerOfTwo:
    def select(self, upstreams, accepts):
        one = None
        for _ in range(16):
            drawn = self._choice.select(upstreams, lambda each: True)
            if drawn is not one and accepts(drawn):
                if one:
                    return less_busy(one, drawn)
                one = drawn
        least = one
        for each in upstreams:
            if accepts(each):
                least = less_busy(least, each) if least else each
        return least
