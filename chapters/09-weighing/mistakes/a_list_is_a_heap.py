# step: 2
# file: reverseproxy/policies/deadlines.py
# message: 20 picks of 10,000 upstreams compared
# why: put back what is left, and take the smallest next time


class EarliestDeadline:
    def select(self, upstreams, accepts):
        if upstreams is not self._of:
            self._learn(upstreams)
        self._turns.sort()
        for place, now in enumerate(self._turns):
            if accepts(now.upstream):
                self._now = now
                gone = self._turns[: place + 1]
                self._turns[: place + 1] = [turn.after(now) for turn in gone]
                return now.upstream
        return None
