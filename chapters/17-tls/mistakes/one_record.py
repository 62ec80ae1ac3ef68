# step: 3
# file: reverseproxy/tls/sockets.py
# message: are read, and then comes nothing more
# why: there is one message, and it is decrypted


class TlsSocket:
    def recv_into(self, buffer, nbytes=0, flags=0):
        view = memoryview(buffer)
        count = len(self._inside)
        if count:
            view[:count], self._inside = self._inside, b""
        elif not self._has_end:
            with contextlib.suppress(BlockingIOError):
                self._receive(len(view) - RECORD)
            try:
                count = read_into(self._tls, view)
            except ssl.SSLWantReadError:
                raise BlockingIOError from None
            except ssl.SSLZeroReturnError:
                count, self._has_end = 0, True
            if not count and not self._has_end:
                raise BlockingIOError
        self._has_told = not count
        return count
