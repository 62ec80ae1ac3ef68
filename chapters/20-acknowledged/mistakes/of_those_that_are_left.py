# step: 1
# file: reverseproxy/lines/acknowledged.py
# message: ACK 4, then ACK 7, and the error says: it says ACK 7, after 4 of 2 lines
# why: `lines` is how many there are


class Acknowledged:
    def acknowledge(self, count):
        new = count - self.progress
        if not 0 <= new <= self.lines:
            most = self.lines
            raise ResponseBroken(f"it says ACK {count}, after {self.progress} of {most} lines")
        self.progress = count
        self.lines -= new
        self._new += new
        self._into += new
        while self._batches and self._batches[0].lines <= self._into:
            first = self._batches.popleft()
            self._into -= first.lines
            self._bytes -= len(first.data)
            first.settled()
