# step: 2
# file: reverseproxy/lines/acknowledged.py
# message: ACK 2, and what goes again is b'line 5
# why: so many lines are acknowledged


class Acknowledged:
    def end(self, *, is_broken):
        again = list(self._batches)
        if again:
            again[0] = again[0].after(self.progress)
        self._batches.clear()
        self.lines = 0
        return Ending(self.settle(), 0, again)
