# step: 2
# file: reverseproxy/lines/acknowledged.py
# message: none is acknowledged, and those that go again have [6]
# why: they go the same way again


class Acknowledged:
    def end(self, *, is_broken):
        again = list(self._batches)
        if again:
            again[0] = again[0].after(self._into)
        again = [Batch.of(b"".join(batch.data for batch in again))] if again else []
        self._batches.clear()
        self.lines = 0
        return Ending(self.settle(), 0, again)
