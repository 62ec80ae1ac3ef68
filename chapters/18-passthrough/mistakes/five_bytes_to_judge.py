# step: 2
# file: reverseproxy/client_hello.py
# message: is no TLS, and is not going to be, and it was read as: more
# why: a record has a header of five bytes, so nothing is known before


class HelloReader:
    def read(self, data):
        if len(data) < HEADER:
            return None
        if not HANDSHAKE.startswith(data[: len(HANDSHAKE)]):
            return NOT_TLS
        while not is_whole(self._message):
            end = record_end(data, self._at)
            if end is None or len(data) < end:
                return None
            self._message += data[self._at + HEADER : end]
            self._at = end
        return hello(self._message[4:])
