# step: 1
# file: reverseproxy/tcp/flow.py
# message: 1 MB went into the proxy
# why: memory is cheap, and who stops reading is slow


class Flow:
    def read(self):
        try:
            count = self._source.recv_into(PIECE)
            if not count:
                self._end()
                return
            sent = 0 if self._rest else self._send(PIECE[:count])
        except BlockingIOError:
            return
        except OSError as error:
            self._told(error)
            return
        if sent < count:
            self._rest += PIECE[sent:count].tobytes()
            self._poller.add_writer(self._sink.fileno(), self.write)
