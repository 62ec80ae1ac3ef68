# step: 1
# file: reverseproxy/lease.py
# message: the block was left by an error, and nobody was told that it ended
# why: an error goes on to whoever handles errors, so it seems to be told there


class Lease:
    def __exit__(self, kind, error, _):
        if error is not None:
            return
        self.outcome = outcome_of(error)
        self.why = f"status {self.status}"
        now = self._clock()
        for observer in self._observers:
            observer.ended(self, now)
