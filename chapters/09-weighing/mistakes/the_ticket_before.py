# step: 3
# file: reverseproxy/policies/draws.py
# message: and the dice showed 0.66: c won
# why: bisect finds the place, whichever bisect it is


class Draws:
    def one(self, upstreams):
        if upstreams is not self._of:
            self._learn(upstreams)
        draw = self._random.random()
        if self._is_even:
            return upstreams[int(draw * len(upstreams))]
        return upstreams[bisect(self._tickets, round(draw * self._tickets[-1]))]
