# step: 2
# file: reverseproxy/policies/deadlines.py
# message: a's weight is 1 of 5 now, in a new list
# why: other lists are unequal


class EarliestDeadline:
    def select(self, upstreams, accepts):
        if upstreams != self._of:
            self._learn(upstreams)
        passed = []
        while self._turns:
            passed.append(heappop(self._turns))
            if accepts(passed[-1].upstream):
                self._now = now = passed[-1]
                for turn in passed:
                    heappush(self._turns, turn.after(now))
                return now.upstream
        self._turns = passed
        return None
