# step: 2
# file: reverseproxy/lines/acknowledged.py
# message: no line of 6 is acknowledged, and what goes again is b''
# why: an end in good order comes from a program that has read everything


class Acknowledged:
    def end(self, *, is_broken):
        again = list(self._batches)
        if again:
            again[0] = again[0].after(self._into)
        if not is_broken:
            again = []
        self._batches.clear()
        self.lines = 0
        return Ending(self.settle(), 0, again)
