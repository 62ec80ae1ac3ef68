# step: 1
# file: reverseproxy/lines/acknowledged.py
# message: ACK 1 and ACK 3 came, and then settle() tells of 2 new lines
# why: after each answer, the ledger is written


class Acknowledged:
    def acknowledge(self, count):
        new = count - self.progress
        if not 0 <= new <= self.lines:
            most = self.progress + self.lines
            raise ResponseBroken(f"it says ACK {count}, after {self.progress} of {most} lines")
        self.progress = count
        self.lines -= new
        self._new = new
        self._into += new
        while self._batches and self._batches[0].lines <= self._into:
            first = self._batches.popleft()
            self._into -= first.lines
            self._bytes -= len(first.data)
            first.settled()
