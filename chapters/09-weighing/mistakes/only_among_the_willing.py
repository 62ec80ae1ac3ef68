# step: 3
# file: reverseproxy/policies/random_choice.py
# message: 1,000 picks of 10,000 upstreams asked 10000000
# why: draw only among those who are accepted


class RandomChoice:
    def select(self, upstreams, accepts):
        takers = Upstreams(filter(accepts, upstreams))
        return self._draws.one(takers) if takers else None
