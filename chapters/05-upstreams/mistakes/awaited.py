# step: 2
# file: reverseproxy/policies/round_robin.py
# message: select has to be awaited
# why: it awaits nothing today; whoever adds an await tomorrow will see no reason not to


class RoundRobin:
    async def select(self, upstreams):
        turn = self._next % len(upstreams)
        self._next = turn + 1
        return upstreams[turn]
