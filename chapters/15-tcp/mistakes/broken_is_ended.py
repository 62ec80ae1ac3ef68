# step: 1
# file: reverseproxy/tcp/flow.py
# message: the source broke, and it was told
# why: either way, nothing more will come


class Flow:
    def read(self):
        try:
            count = self._source.recv_into(PIECE)
        except BlockingIOError:
            return
        except OSError:
            count = 0
        if not count:
            self._end()
            return
        try:
            sent = self._send(PIECE[:count])
        except OSError as error:
            self._told(error)
            return
        if sent < count:
            self._rest = PIECE[sent:count].tobytes()
            self._poller.remove_reader(self._source.fileno())
            self._poller.add_writer(self._sink.fileno(), self.write)
