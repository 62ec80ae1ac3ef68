# step: 2
# file: reverseproxy/lines/acknowledged.py
# message: ACK 3, the end: settled are the batches [1, 2]
# why: on this connection nothing more will come


class Acknowledged:
    def end(self, *, is_broken):
        again = list(self._batches)
        if again:
            again[0] = again[0].after(self._into)
        for batch in self._batches:
            batch.settled()
        self._batches.clear()
        self.lines = 0
        return Ending(self.settle(), 0, again)
