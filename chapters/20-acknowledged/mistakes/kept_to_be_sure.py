# step: 2
# file: reverseproxy/lines/acknowledged.py
# message: the connection is over, all that is left was given back, and 2 batches are kept
# why: no line is on its way, and that is all that counts


class Acknowledged:
    def end(self, *, is_broken):
        again = list(self._batches)
        if again:
            again[0] = again[0].after(self._into)
        self.lines = 0
        return Ending(self.settle(), 0, again)
