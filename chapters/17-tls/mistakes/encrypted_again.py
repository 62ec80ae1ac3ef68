# step: 3
# file: reverseproxy/tls/sockets.py
# message: arrive: some of them twice
# why: what was not taken is sent again


class TlsSocket:
    def send(self, data, flags=0):
        view = memoryview(data)
        taken = 0
        while taken < len(view):
            count = self._encrypt(view[taken : taken + BATCH])
            if not self._flush():
                break
            taken += count
        if not taken and len(view):
            raise BlockingIOError
        return taken
