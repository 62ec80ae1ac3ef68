# step: 3
# file: reverseproxy/tls/sockets.py
# message: this was raised: SSLWantReadError
# why: TLS has a word of its own for it


class TlsSocket:
    def recv_into(self, buffer, nbytes=0, flags=0):
        view = memoryview(buffer)
        count = len(self._inside)
        if count:
            view[:count], self._inside = self._inside, b""
        elif not self._has_end:
            self._receive(len(view) - RECORD)
            count = self._decrypt(view)
            if not count and not self._has_end:
                raise ssl.SSLWantReadError
        self._has_told = not count
        return count
