# step: 2
# file: reverseproxy/lines/acknowledged.py
# message: all of it has been acknowledged in the end, and nobody was told
# why: a batch is its lines, and these are fewer


class Acknowledged:
    def end(self, *, is_broken):
        again = list(self._batches)
        if again:
            again[0] = Batch.of(again[0].after(self._into).data)
        self._batches.clear()
        self.lines = 0
        return Ending(self.settle(), 0, again)
