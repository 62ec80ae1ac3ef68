# step: 1
# file: reverseproxy/tcp/flow.py
# message: the source was lost, and this was raised
# why: what breaks a connection is a ConnectionError


class Flow:
    def read(self):
        try:
            count = self._source.recv_into(PIECE)
            if not count:
                self._end()
                return
            sent = self._send(PIECE[:count])
        except BlockingIOError:
            return
        except ConnectionError as error:
            self._told(error)
            return
        if sent < count:
            self._rest = PIECE[sent:count].tobytes()
            self._poller.remove_reader(self._source.fileno())
            self._poller.add_writer(self._sink.fileno(), self.write)
