# step: 1
# file: reverseproxy/lines/acknowledged.py
# message: 6 lines, ACK 0, then ACK 7, which was taken
# why: who has more than all has all


class Acknowledged:
    def acknowledge(self, count):
        new = min(count - self.progress, self.lines)
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
