# step: 4
# file: reverseproxy/target.py
# message: one request went to the same upstream twice
# why: round robin has moved on, so the next one is another one, unless others have moved it


class Target:
    def lease(self, *, tried=()):
        return Lease(self.select_upstream(), self._observers, self._clock)
