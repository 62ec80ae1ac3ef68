# step: 3
# file: reverseproxy/tls/sockets.py
# message: data came with the handshake, and more behind it: what is read is b' petal'
# why: what is read is what the kernel has


class TlsSocket:
    def recv_into(self, buffer, nbytes=0, flags=0):
        view = memoryview(buffer)
        count = 0
        if not self._has_end:
            self._receive(len(view) - RECORD)
            count = self._decrypt(view)
            if not count and not self._has_end:
                raise BlockingIOError
        self._has_told = not count
        return count
