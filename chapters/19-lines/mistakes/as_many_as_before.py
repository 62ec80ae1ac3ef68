# step: 3
# file: reverseproxy/lines/in_flight.py
# message: goes another way, and says that it has 3 lines
# why: the bytes are cut, and the number beside them stays


class InFlight:
    def left(self, offset):
        settled = self.arrived(offset)
        batches = [batch for _, batch in self._batches]
        if batches:
            end, first = self._batches[0]
            there = offset - (end - len(first.data))
            settled += first.data.count(b"\n", 0, there)
            begin = first.data.rfind(b"\n", 0, there) + 1
            batches[0] = Batch(first.data[begin:], first.lines)
        self._batches.clear()
        self.lines = 0
        return settled, batches
