# step: 3
# file: reverseproxy/policies/random_choice.py
# message: one was left, and was not found
# why: eight draws are enough for anybody


class RandomChoice:
    def select(self, upstreams, accepts):
        for _ in range(DRAWS):
            upstream = self._draws.one(upstreams)
            if accepts(upstream):
                return upstream
        return None
