# step: 1
# file: reverseproxy/lines/acknowledged.py
# message: some of 3 lines are acknowledged (ACK 1): the window is open
# why: an upstream that answers is alive, and can take more


class Acknowledged:
    def acknowledge(self, count):
        new = count - self.progress
        if not 0 <= new <= self.lines:
            most = self.progress + self.lines
            raise ResponseBroken(f"it says ACK {count}, after {self.progress} of {most} lines")
        self.progress = count
        self.lines -= new
        self._new += new
        self._into += new
        while self._batches and self._batches[0].lines <= self._into:
            first = self._batches.popleft()
            self._into -= first.lines
            first.settled()
        self._bytes = 0
