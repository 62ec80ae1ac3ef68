# step: 3
# file: reverseproxy/lines/in_flight.py
# message: and a second time it leaves
# why: it is over, and nobody will ask again


class InFlight:
    def left(self, offset):
        settled = self.arrived(offset)
        batches = [batch for _, batch in self._batches]
        if batches:
            end, first = self._batches[0]
            there = offset - (end - len(first.data))
            whole = first.data.count(b"\n", 0, max(there, 0))
            settled += whole
            batches[0] = first.after(whole)
        self.lines = 0
        return settled, batches
