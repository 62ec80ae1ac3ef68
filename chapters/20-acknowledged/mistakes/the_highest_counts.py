# step: 1
# file: reverseproxy/lines/acknowledged.py
# message: ACK 3 came, and then ACK 2, which was taken
# why: an old answer may come late, and does no harm


class Acknowledged:
    def acknowledge(self, count):
        new = max(count - self.progress, 0)
        if not 0 <= new <= self.lines:
            most = self.progress + self.lines
            raise ResponseBroken(f"it says ACK {count}, after {self.progress} of {most} lines")
        self.progress += new
        self.lines -= new
        self._new += new
        self._into += new
        while self._batches and self._batches[0].lines <= self._into:
            first = self._batches.popleft()
            self._into -= first.lines
            self._bytes -= len(first.data)
            first.settled()
