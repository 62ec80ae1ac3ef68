# step: 2
# file: reverseproxy/lines/acknowledged.py
# message: the connection is over, and 2 lines are on their way
# why: a flight that is over is thrown away


class Acknowledged:
    def end(self, *, is_broken):
        again = list(self._batches)
        if again:
            again[0] = again[0].after(self._into)
        self._batches.clear()
        return Ending(self.settle(), 0, again)
