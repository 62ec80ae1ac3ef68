# step: 2
# file: reverseproxy/policies/deadlines.py
# message: nobody was accepted, then c came, and the picks were
# why: now is the turn that came out of the heap last


class EarliestDeadline:
    def select(self, upstreams, accepts):
        if upstreams is not self._of:
            self._learn(upstreams)
        passed = []
        while self._turns:
            self._now = heappop(self._turns)
            passed.append(self._now)
            if accepts(self._now.upstream):
                for turn in passed:
                    heappush(self._turns, turn.after(self._now))
                return self._now.upstream
        self._turns = passed
        return None
