# step: 3
# file: reverseproxy/policies/draws.py
# message: three of weight 0: the draw was of a number that nobody has
# why: tickets do for equal weights as well


class Draws:
    def one(self, upstreams):
        if upstreams is not self._of:
            self._learn(upstreams)
        ticket = int(self._random.random() * self._tickets[-1])
        return upstreams[bisect(self._tickets, ticket)]
