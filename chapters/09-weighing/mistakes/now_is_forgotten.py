# step: 2
# file: reverseproxy/policies/deadlines.py
# message: c joined after 400 picks, its weight is 1 of 4, and it had
# why: what time it is matters only while the turns go back


class EarliestDeadline:
    def select(self, upstreams, accepts):
        if upstreams is not self._of:
            self._learn(upstreams)
        passed = []
        while self._turns:
            passed.append(heappop(self._turns))
            if accepts(passed[-1].upstream):
                now = passed[-1]
                for turn in passed:
                    heappush(self._turns, turn.after(now))
                return now.upstream
        self._turns = passed
        return None
