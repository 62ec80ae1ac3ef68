# step: 3
# file: reverseproxy/tls/sockets.py
# message: the end is read, and has_more is still True
# why: an end is a 0, and that is all


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
                raise BlockingIOError
        return count
