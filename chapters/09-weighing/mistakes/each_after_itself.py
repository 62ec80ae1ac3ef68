# step: 2
# file: reverseproxy/policies/deadlines.py
# message: 5, 1, 1, a was out for 100 picks, and then came aaaaa
# why: who was passed over has one turn less, and waits for the next


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
                    heappush(self._turns, turn.after(turn))
                return now.upstream
        self._turns = passed
        return None
