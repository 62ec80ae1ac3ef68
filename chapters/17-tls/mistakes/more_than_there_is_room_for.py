# step: 3
# file: reverseproxy/tls/sockets.py
# message: are read, and then comes an end, which nobody has said
# why: the kernel is asked for as much as it has


class TlsSocket:
    def recv_into(self, buffer, nbytes=0, flags=0):
        view = memoryview(buffer)
        count = len(self._inside)
        if count:
            view[:count], self._inside = self._inside, b""
        elif not self._has_end:
            self._receive(SIZE)
            count = self._decrypt(view)
            if not count and not self._has_end:
                raise BlockingIOError
        self._has_told = not count
        return count
