# step: 2
# file: reverseproxy/lines/acknowledged.py
# message: ACK 1, and what goes again is b'line 1
# why: at least once is what was promised


class Acknowledged:
    def end(self, *, is_broken):
        again = list(self._batches)
        self._batches.clear()
        self.lines = 0
        return Ending(self.settle(), 0, again)
