# step: 1
# file: reverseproxy/lines/acknowledged.py
# message: then ACK 6, which is all of them, was refused
# why: no more lines are on their way than that


class Acknowledged:
    def acknowledge(self, count):
        new = count - self.progress
        if new < 0 or count > self.lines:
            most = self.progress + self.lines
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
