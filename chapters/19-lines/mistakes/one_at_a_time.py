# step: 3
# file: reverseproxy/lines/in_flight.py
# message: lines have arrived since the last look, and settled are 2
# why: the oldest batch is the next one to arrive


class InFlight:
    def arrived(self, offset):
        lines = 0
        if self._batches and self._batches[0][0] <= offset:
            lines = self._batches.popleft()[1].lines
        self.lines -= lines
        return lines
