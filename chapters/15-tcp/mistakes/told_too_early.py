# step: 1
# file: reverseproxy/tcp/flow.py
# message: (what was told, has_ended then)
# why: the order of four lines does not matter


class Flow:
    def _end(self):
        self._sink.shutdown(socket.SHUT_WR)
        self._poller.remove_reader(self._source.fileno())
        self._told(None)
        self.has_ended = True
