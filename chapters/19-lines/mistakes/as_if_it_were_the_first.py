# step: 3
# file: reverseproxy/lines/in_flight.py
# message: petal, rose, thorn began at 11, and then rose; 17 bytes arrived
# why: with one batch on its way, the connection's bytes are its bytes


class InFlight:
    def left(self, offset):
        settled = self.arrived(offset)
        batches = [batch for _, batch in self._batches]
        if batches:
            whole = batches[0].data.count(b"\n", 0, offset)
            settled += whole
            batches[0] = batches[0].after(whole)
        self._batches.clear()
        self.lines = 0
        return settled, batches
