# step: 3
# file: reverseproxy/tls/sockets.py
# message: a part of a record has come: what is read is the end
# why: nothing was read, and that is 0


class TlsSocket:
    def recv_into(self, buffer, nbytes=0, flags=0):
        view = memoryview(buffer)
        count = len(self._inside)
        if count:
            view[:count], self._inside = self._inside, b""
        elif not self._has_end:
            self._receive(len(view) - RECORD)
            count = self._decrypt(view)
        self._has_told = not count
        return count
