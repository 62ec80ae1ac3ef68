# step: 2
# file: reverseproxy/client_hello.py
# message: other bytes are behind it, and it is
# why: all that has come is read, record after record


class HelloReader:
    def read(self, data):
        if not HANDSHAKE.startswith(data[: len(HANDSHAKE)]):
            return NOT_TLS
        while self._at < len(data):
            end = record_end(data, self._at)
            if end is None or len(data) < end:
                return None
            self._message += data[self._at + HEADER : end]
            self._at = end
        return hello(self._message[4:]) if is_whole(self._message) else None
