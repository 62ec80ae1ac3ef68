# step: 1
# file: reverseproxy/tcp/flow.py
# message: only one direction has ended, and the other one is shut too
# why: shut is shut


class Flow:
    def _end(self):
        self.has_ended = True
        self._poller.remove_reader(self._source.fileno())
        self._sink.shutdown(socket.SHUT_RDWR)
        self._told(None)
