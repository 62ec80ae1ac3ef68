# step: 2
# file: reverseproxy/lines/acknowledged.py
# message: 4 of 6 lines are acknowledged, 2 go again, 2 are in doubt
# why: they may be there, and the answer may have been lost


class Acknowledged:
    def end(self, *, is_broken):
        doubtful = self.lines if is_broken else 0
        again = list(self._batches)
        if again:
            again[0] = again[0].after(self._into)
        self._batches.clear()
        self.lines = 0
        return Ending(self.settle(), doubtful, again)
