# step: 1
# file: reverseproxy/tcp/flow.py
# message: bytes went through, some had to wait, and total is
# why: a socket can send, so why ask somebody else to


class Flow:
    def write(self):
        try:
            self._rest = self._rest[self._sink.send(self._rest) :]
        except BlockingIOError:
            return
        except OSError as error:
            self._told(error)
            return
        if not self._rest:
            self._poller.remove_writer(self._sink.fileno())
            self._poller.add_reader(self._source.fileno(), self.read)
