# step: 2
# file: reverseproxy/lines/acknowledged.py
# message: the end has told of all that is delivered, and settle() tells of 3 more
# why: after the end nobody asks any more


class Acknowledged:
    def end(self, *, is_broken):
        again = list(self._batches)
        if again:
            again[0] = again[0].after(self._into)
        self._batches.clear()
        self.lines = 0
        return Ending(self._new, 0, again)
