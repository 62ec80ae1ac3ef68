# step: 3
# file: reverseproxy/lines/in_flight.py
# message: batches end at 11 and 28, 11 bytes are there
# why: a batch that ends at 11 looks as if its last byte had that number


class InFlight:
    def arrived(self, offset):
        lines = 0
        while self._batches and self._batches[0][0] < offset:
            lines += self._batches.popleft()[1].lines
        self.lines -= lines
        return lines
