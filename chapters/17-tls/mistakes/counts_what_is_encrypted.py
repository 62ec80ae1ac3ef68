# step: 3
# file: reverseproxy/tls/sockets.py
# message: bytes were counted, nobody calls again, and
# why: what is encrypted is as good as sent


class TlsSocket:
    def send(self, data, flags=0):
        view = memoryview(data)
        if not self._flush() and len(view):
            raise BlockingIOError
        taken = self._encrypt(view[:BATCH])
        self._flush()
        return taken
