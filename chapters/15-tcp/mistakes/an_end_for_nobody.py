# step: 1
# file: reverseproxy/tcp/flow.py
# message: the sink had broken, the source ended, and this was raised
# why: who ends has not broken, so there is nothing to catch


class Flow:
    def read(self):
        try:
            count = self._source.recv_into(PIECE)
            sent = self._send(PIECE[:count]) if count else 0
        except BlockingIOError:
            return
        except OSError as error:
            self._told(error)
            return
        if not count:
            self._end()
        elif sent < count:
            self._rest = PIECE[sent:count].tobytes()
            self._poller.remove_reader(self._source.fileno())
            self._poller.add_writer(self._sink.fileno(), self.write)
