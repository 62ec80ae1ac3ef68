# step: 1
# file: reverseproxy/lines/acknowledged.py
# message: After ACK 4, ACK 6, the batches that are settled should be [1, 2, 3], and they are [1, 2]
# why: upstreams answer batch by batch, as they get them


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
        if self._batches and self._batches[0].lines <= self._into:
            first = self._batches.popleft()
            self._into -= first.lines
            self._bytes -= len(first.data)
            first.settled()
