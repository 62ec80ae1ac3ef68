# step: 2
# file: reverseproxy/policies/deadlines.py
# message: all its turns are still due
# why: after a turn comes the next one


class EarliestDeadline:
    def select(self, upstreams, accepts):
        if upstreams is not self._of:
            self._learn(upstreams)
        passed = []
        while self._turns:
            passed.append(heappop(self._turns))
            if accepts(passed[-1].upstream):
                self._now = passed.pop()
                heappush(self._turns, self._now.after(self._now))
                for turn in passed:
                    heappush(self._turns, turn)
                return self._now.upstream
        self._turns = passed
        return None
