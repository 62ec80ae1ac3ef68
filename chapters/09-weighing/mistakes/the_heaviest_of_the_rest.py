# step: 3
# file: reverseproxy/policies/random_choice.py
# message: 97 of 100 are out: who has weight 3 of the 10 left got
# why: when luck does not help, take the strongest


class RandomChoice:
    def select(self, upstreams, accepts):
        for _ in range(DRAWS):
            upstream = self._draws.one(upstreams)
            if accepts(upstream):
                return upstream
        takers = filter(accepts, upstreams)
        return max(takers, key=lambda upstream: upstream.weight, default=None)
