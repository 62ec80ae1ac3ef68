# step: 2
# file: reverseproxy/policies/deadlines.py
# message: nobody was accepted once, and since then nobody is there
# why: whoever was asked is taken out of the heap


class EarliestDeadline:
    def select(self, upstreams, accepts):
        if upstreams is not self._of:
            self._learn(upstreams)
        passed = []
        while self._turns:
            passed.append(heappop(self._turns))
            if accepts(passed[-1].upstream):
                self._now = passed[-1]
                for turn in passed:
                    heappush(self._turns, turn.after(self._now))
                return self._now.upstream
        return None
