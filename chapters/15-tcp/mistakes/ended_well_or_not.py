# step: 1
# file: reverseproxy/tcp/flow.py
# message: the source ended, and that was told as a clean end
# why: who cannot be told of the end is gone already

import contextlib


class Flow:
    def _end(self):
        self.has_ended = True
        self._poller.remove_reader(self._source.fileno())
        with contextlib.suppress(OSError):
            self._sink.shutdown(socket.SHUT_WR)
        self._told(None)
