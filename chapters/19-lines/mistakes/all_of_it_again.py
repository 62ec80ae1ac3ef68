# step: 3
# file: reverseproxy/lines/in_flight.py
# message: thorn has not, and b'petal
# why: it did not arrive as a whole, so it goes again: what is meant is the line, not the batch


class InFlight:
    def left(self, offset):
        settled = self.arrived(offset)
        batches = [batch for _, batch in self._batches]
        self._batches.clear()
        self.lines = 0
        return settled, batches
