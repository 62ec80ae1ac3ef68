# step: 2
# file: reverseproxy/lines/acknowledged.py
# message: ACK 1, and what goes again is b'line 3
# why: an upstream that has a part of a batch has got it


class Acknowledged:
    def end(self, *, is_broken):
        again = list(self._batches)
        if self._into:
            again = again[1:]
        self._batches.clear()
        self.lines = 0
        return Ending(self.settle(), 0, again)
