# step: 3
# file: reverseproxy/tls/sockets.py
# message: have arrived, and 0 of them are counted
# why: one piece is encrypted once


class TlsSocket:
    def send(self, data, flags=0):
        view = memoryview(data)
        taken = 0
        while taken < len(view):
            if not self._promised:
                self._promised = self._encrypt(view[taken:])
            if not self._flush():
                break
            taken += self._promised
            self._promised = 0
        if not taken and len(view):
            raise BlockingIOError
        return taken
