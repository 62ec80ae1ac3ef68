# step: 1
# file: reverseproxy/lease.py
# message: a client left, and in_flight stays 1
# why: who left is nobody's fault, so it looks as if it were nothing to count


class Lease:
    def __exit__(self, kind, error, _):
        self.outcome = outcome_of(error)
        if self.outcome is not Outcome.ABANDONED:
            self.upstream.in_flight -= 1
        self.why = str(error) if error else f"status {self.status}"
        now = self._clock()
        for observer in self._observers:
            observer.ended(self, now)
