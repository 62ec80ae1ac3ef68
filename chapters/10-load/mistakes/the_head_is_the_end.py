# step: 1
# file: reverseproxy/lease.py
# message: the head of an answer was taken for its end
# why: the upstream has answered, so its work looks done


class Lease:
    def answered(self, status):
        self.status = status
        self.upstream.in_flight -= 1
        now = self._clock()
        for observer in self._observers:
            observer.answered(self, now)

    def __exit__(self, kind, error, _):
        if self.status is None:
            self.upstream.in_flight -= 1
        self.outcome = outcome_of(error)
        self.why = str(error) if error else f"status {self.status}"
        now = self._clock()
        for observer in self._observers:
            observer.ended(self, now)
