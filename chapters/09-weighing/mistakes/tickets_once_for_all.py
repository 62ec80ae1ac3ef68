# step: 3
# file: reverseproxy/policies/draws.py
# message: the list is another, and the tickets are the old ones
# why: tickets are handed out when the draws begin


class Draws:
    def one(self, upstreams):
        if self._of is None:
            self._learn(upstreams)
        upstreams = self._of
        draw = self._random.random()
        if self._is_even:
            return upstreams[int(draw * len(upstreams))]
        return upstreams[bisect(self._tickets, int(draw * self._tickets[-1]))]
