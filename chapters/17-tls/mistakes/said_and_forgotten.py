# step: 3
# file: reverseproxy/tls/sockets.py
# message: no room for the end, and shutdown says nothing
# why: the end goes with what is still to go


class TlsSocket:
    def shutdown(self, how):
        if not self._is_ending:
            self._is_ending = True
            with contextlib.suppress(ssl.SSLWantReadError):
                self._tls.unwrap()
        self._flush()
