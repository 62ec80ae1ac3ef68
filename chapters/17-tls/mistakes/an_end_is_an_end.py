# step: 3
# file: reverseproxy/tls/sockets.py
# message: the connection ended with an end, 0 bytes into a record, and it is no error
# why: no more comes, and that is what an end is


class TlsSocket:
    def recv_into(self, buffer, nbytes=0, flags=0):
        view = memoryview(buffer)
        count = len(self._inside)
        if count:
            view[:count], self._inside = self._inside, b""
        elif not self._has_end:
            try:
                self._receive(len(view) - RECORD)
            except ConnectionAbortedError:
                self._has_end = True
            count = self._decrypt(view)
            if not count and not self._has_end:
                raise BlockingIOError
        self._has_told = not count
        return count
