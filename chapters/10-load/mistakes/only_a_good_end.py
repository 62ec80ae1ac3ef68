# step: 1
# file: reverseproxy/lease.py
# message: a use ended with UpstreamError, and in_flight stayed at 1
# why: an error ends up somewhere else, so somebody else will surely count it


class Lease:
    def __exit__(self, kind, error, _):
        if error is None:
            self.upstream.in_flight -= 1
        self.outcome = outcome_of(error)
        self.why = str(error) if error else f"status {self.status}"
        now = self._clock()
        for observer in self._observers:
            observer.ended(self, now)
