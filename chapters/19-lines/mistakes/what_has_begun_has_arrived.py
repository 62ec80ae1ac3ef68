# step: 3
# file: reverseproxy/lines/in_flight.py
# message: thorn has not, and b'' goes
# why: a split has one part more than there are newlines


class InFlight:
    def left(self, offset):
        settled = self.arrived(offset)
        batches = [batch for _, batch in self._batches]
        if batches:
            end, first = self._batches[0]
            there = offset - (end - len(first.data))
            whole = len(first.data[:there].split(b"\n")) if there else 0
            settled += whole
            batches[0] = first.after(whole)
        self._batches.clear()
        self.lines = 0
        return settled, batches
