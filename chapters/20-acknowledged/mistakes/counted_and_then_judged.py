# step: 1
# file: reverseproxy/lines/acknowledged.py
# message: ACK 2 after ACK 3 was refused, and has changed what is counted
# why: after an error nobody looks at the numbers


class Acknowledged:
    def acknowledge(self, count):
        new = count - self.progress
        self.progress = count
        self.lines -= new
        self._new += new
        self._into += new
        if new < 0 or self.lines < 0:
            most = self.progress + self.lines
            raise ResponseBroken(f"it says ACK {count}, after {self.progress} of {most} lines")
        while self._batches and self._batches[0].lines <= self._into:
            first = self._batches.popleft()
            self._into -= first.lines
            self._bytes -= len(first.data)
            first.settled()
