# step: 2
# file: reverseproxy/policies/round_robin.py
# message: two policies share one turn
# why: a default is made once, when the function is defined, and all calls get that one list


class RoundRobin:
    def __init__(self, turns=[0]):  # noqa: B006 - the mistake
        self._turns = turns

    def select(self, upstreams):
        turn = self._turns[0] % len(upstreams)
        self._turns[0] = turn + 1
        return upstreams[turn]
