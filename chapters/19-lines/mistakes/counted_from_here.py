# step: 3
# file: reverseproxy/lines/in_flight.py
# message: it ends at 11 and at 28, 27 bytes have arrived
# why: a batch has so many bytes, and more than that have arrived


class InFlight:
    def arrived(self, offset):
        lines = 0
        while self._batches and len(self._batches[0][1].data) <= offset:
            batch = self._batches.popleft()[1]
            offset -= len(batch.data)
            lines += batch.lines
        self.lines -= lines
        return lines
