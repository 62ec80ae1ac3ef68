# step: 3
# file: reverseproxy/lines/in_flight.py
# message: petal and rose are settled, which makes two lines, and not 0
# why: what arrived returns is settled; the lines of half a batch are in no sum


class InFlight:
    def left(self, offset):
        settled = self.arrived(offset)
        batches = [batch for _, batch in self._batches]
        if batches:
            end, first = self._batches[0]
            there = offset - (end - len(first.data))
            batches[0] = first.after(first.data.count(b"\n", 0, max(there, 0)))
        self._batches.clear()
        self.lines = 0
        return settled, batches
