# step: 1
# file: reverseproxy/tcp/flow.py
# message: 4 bytes went through at once, and total is
# why: what is sent has to be counted


class Flow:
    def read(self):
        try:
            count = self._source.recv_into(PIECE)
            if not count:
                self._end()
                return
            sent = self._send(PIECE[:count])
            self.total += sent
        except BlockingIOError:
            return
        except OSError as error:
            self._told(error)
            return
        if sent < count:
            self._rest = PIECE[sent:count].tobytes()
            self._poller.remove_reader(self._source.fileno())
            self._poller.add_writer(self._sink.fileno(), self.write)
