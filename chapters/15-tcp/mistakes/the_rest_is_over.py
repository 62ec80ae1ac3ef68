# step: 1
# file: reverseproxy/tcp/flow.py
# message: a rest waits, the sink broke, and nobody was told
# why: what cannot be sent is not worth keeping


class Flow:
    def write(self):
        try:
            self._rest = self._rest[self._send(self._rest) :]
        except OSError:
            self._rest = b""
        if not self._rest:
            self._poller.remove_writer(self._sink.fileno())
            self._poller.add_reader(self._source.fileno(), self.read)
