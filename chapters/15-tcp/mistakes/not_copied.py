# step: 1
# file: reverseproxy/tcp/flow.py
# message: they are not the same from byte
# why: a memoryview is a bytes that costs nothing


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
        except OSError as error:
            self._told(error)
            return
        if sent < count:
            self._rest = PIECE[sent:count]
            self._poller.remove_reader(self._source.fileno())
            self._poller.add_writer(self._sink.fileno(), self.write)
