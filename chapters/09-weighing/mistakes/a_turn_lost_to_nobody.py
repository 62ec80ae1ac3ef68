# step: 2
# file: reverseproxy/policies/deadlines.py
# message: weights 3 and 1, and after 100 picks that nobody could take
# why: whoever was passed over goes back with the next turn


class EarliestDeadline:
    def select(self, upstreams, accepts):
        if upstreams is not self._of:
            self._learn(upstreams)
        passed = []
        while self._turns:
            passed.append(heappop(self._turns))
            if accepts(passed[-1].upstream):
                self._now = now = passed[-1]
                for turn in passed:
                    heappush(self._turns, turn.after(now))
                return now.upstream
        for turn in passed:
            heappush(self._turns, turn.after(turn))
        return None
