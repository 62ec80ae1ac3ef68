# step: 1
# file: reverseproxy/tcp/flow.py
# message: the source has ended, and is still read from
# why: nothing more will come, so nobody is called


class Flow:
    def _end(self):
        self.has_ended = True
        self._sink.shutdown(socket.SHUT_WR)
        self._told(None)
