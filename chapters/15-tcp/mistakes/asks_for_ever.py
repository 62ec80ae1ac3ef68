# step: 1
# file: reverseproxy/tcp/flow.py
# message: nothing is left to do, and it is called again and again
# why: whoever has room for nothing is called, and does nothing


class Flow:
    def write(self):
        try:
            self._rest = self._rest[self._send(self._rest) :]
        except OSError as error:
            self._told(error)
            return
        if not self._rest:
            self._poller.add_reader(self._source.fileno(), self.read)
