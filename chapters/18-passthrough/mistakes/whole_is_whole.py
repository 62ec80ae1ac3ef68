# step: 2
# file: reverseproxy/client_hello.py
# message: bytes of its record are to come, and it was read as
# why: when the message is whole, nothing else has to come


class HelloReader:
    def read(self, data):
        if not HANDSHAKE.startswith(data[: len(HANDSHAKE)]):
            return NOT_TLS
        while not is_whole(self._message):
            end = record_end(data, self._at)
            if end is None:
                return None
            if end > len(data):
                more = self._message + data[self._at + HEADER :]
                return hello(more[4:]) if is_whole(more) else None
            self._message += data[self._at + HEADER : end]
            self._at = end
        return hello(self._message[4:])
