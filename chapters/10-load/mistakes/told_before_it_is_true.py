# step: 1
# file: reverseproxy/lease.py
# message: observers were told, and found the counts
# why: a line more at the end of a method is where one adds it


class Lease:
    def __enter__(self):
        now = self._clock()
        for observer in self._observers:
            observer.started(self, now)
        self.upstream.in_flight += 1
        return self.upstream

    def __exit__(self, kind, error, _):
        self.outcome = outcome_of(error)
        self.why = str(error) if error else f"status {self.status}"
        now = self._clock()
        for observer in self._observers:
            observer.ended(self, now)
        self.upstream.in_flight -= 1
