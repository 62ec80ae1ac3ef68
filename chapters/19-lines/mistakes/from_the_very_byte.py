# step: 3
# file: reverseproxy/lines/in_flight.py
# message: byte 7 of petal, rose, thorn is in rose
# why: what is there is there, and the rest follows


class InFlight:
    def left(self, offset):
        settled = self.arrived(offset)
        batches = [batch for _, batch in self._batches]
        if batches:
            end, first = self._batches[0]
            there = offset - (end - len(first.data))
            settled += first.data.count(b"\n", 0, there)
            batches[0] = Batch.of(first.data[there:])
        self._batches.clear()
        self.lines = 0
        return settled, batches
