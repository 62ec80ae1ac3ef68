# step: 3
# file: reverseproxy/policies/random_choice.py
# message: 97 of 100 are out, and two policies with the same dice differ
# why: a draw needs dice, and dice are easily made


class RandomChoice:
    def select(self, upstreams, accepts):
        for _ in range(DRAWS):
            upstream = self._draws.one(upstreams)
            if accepts(upstream):
                return upstream
        takers = Upstreams(filter(accepts, upstreams))
        return Draws(Random()).one(takers) if takers else None
