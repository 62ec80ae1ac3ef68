# step: 2
# file: reverseproxy/http/leaving.py
# message: bytes of the answer are missing
# why: the application has sent it all, so it looks as if the client had it


class LeavingConnection:
    def _give_up(self):
        if self._in_head:
            self._linger()
        elif self._is_silent():
            self.transport.abort()
