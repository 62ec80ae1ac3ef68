# step: 1
# file: reverseproxy/tcp/flow.py
# message: a rest waits, the sink was lost, and this was raised
# why: what breaks a connection is a ConnectionError


class Flow:
    def write(self):
        try:
            self._rest = self._rest[self._send(self._rest) :]
        except ConnectionError as error:
            self._told(error)
            return
        if not self._rest:
            self._poller.remove_writer(self._sink.fileno())
            self._poller.add_reader(self._source.fileno(), self.read)
