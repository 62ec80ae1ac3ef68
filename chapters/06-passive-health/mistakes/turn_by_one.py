# step: 5
# file: reverseproxy/policies/round_robin.py
# message: whoever stands behind the gap has more turns than the others
# why: one pick, one turn


class RoundRobin:
    def select(self, upstreams, accepts):
        first = self._next
        self._next += 1
        for ahead in range(len(upstreams)):
            turn = (first + ahead) % len(upstreams)
            if accepts(upstreams[turn]):
                return upstreams[turn]
        return None
