# step: 2
# file: reverseproxy/client_hello.py
# message: not TLS is something else
# why: what is not a record of TLS is not TLS


class HelloReader:
    def read(self, data):
        while not is_whole(self._message):
            if not HANDSHAKE.startswith(data[self._at : self._at + len(HANDSHAKE)]):
                return NOT_TLS
            end = record_end(data, self._at)
            if end is None or len(data) < end:
                return None
            self._message += data[self._at + HEADER : end]
            self._at = end
        return hello(self._message[4:])
