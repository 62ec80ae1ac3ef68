# step: 2
# file: reverseproxy/policies/round_robin.py
# message: a number of all picks is no place in the list
# why: as long as the list stays as it is, the two are the same


class RoundRobin:
    def select(self, upstreams):
        turn = self._next % len(upstreams)
        self._next += 1
        return upstreams[turn]
