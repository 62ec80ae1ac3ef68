# step: 3
# file: reverseproxy/tls/sockets.py
# message: there is room for the end, and shutdown raises SSLWantReadError
# why: what unwrap raises, others have to see


class TlsSocket:
    def shutdown(self, how):
        if not self._is_ending:
            self._is_ending = True
            self._tls.unwrap()
        if not self._flush():
            raise BlockingIOError
