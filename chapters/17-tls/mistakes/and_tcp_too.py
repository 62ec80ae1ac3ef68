# step: 3
# file: reverseproxy/tls/sockets.py
# message: and the other side still speaks, and this was raised
# why: TCP has to be told as well


class TlsSocket:
    def shutdown(self, how):
        if not self._is_ending:
            self._is_ending = True
            with contextlib.suppress(ssl.SSLWantReadError):
                self._tls.unwrap()
        if not self._flush():
            raise BlockingIOError
        super().shutdown(how)
