# step: 1
# file: reverseproxy/lease.py
# message: the lease swallowed the error of its block
# why: a true value at the end of __exit__ says that the error has been dealt with


class Lease:
    def __exit__(self, kind, error, _):
        self.outcome = outcome_of(error)
        self.why = str(error) if error else f"status {self.status}"
        now = self._clock()
        for observer in self._observers:
            observer.ended(self, now)
        return True
