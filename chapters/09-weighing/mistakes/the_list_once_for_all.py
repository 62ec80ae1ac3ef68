# step: 2
# file: reverseproxy/policies/deadlines.py
# message: c joined the list, and had none of the next 40 picks
# why: the heap is built when there is none


class EarliestDeadline:
    def select(self, upstreams, accepts):
        if self._of is None:
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
