# step: 2
# file: reverseproxy/policies/deadlines.py
# message: 1,000 picks of 10,000 upstreams asked 10000000 times
# why: first find out who is accepted, and then whose turn it is


class EarliestDeadline:
    def select(self, upstreams, accepts):
        if upstreams is not self._of:
            self._learn(upstreams)
        takers = set(filter(accepts, upstreams))
        passed = []
        while self._turns:
            passed.append(heappop(self._turns))
            if passed[-1].upstream in takers:
                self._now = passed[-1]
                for turn in passed:
                    heappush(self._turns, turn.after(self._now))
                return self._now.upstream
        self._turns = passed
        return None
