# step: 2
# file: reverseproxy/lines/acknowledged.py
# message: ACK 5 came, and the end tells of 0 more
# why: after each answer, what is new is written into the ledger


class Acknowledged:
    def end(self, *, is_broken):
        again = list(self._batches)
        if again:
            again[0] = again[0].after(self._into)
        self._batches.clear()
        self.lines = 0
        self._new = 0
        return Ending(0, 0, again)
