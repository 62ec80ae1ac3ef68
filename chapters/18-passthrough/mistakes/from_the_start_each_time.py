# step: 2
# file: reverseproxy/client_hello.py
# message: one at a time, cost more than
# why: what is read is the same bytes and more, and a reader that remembers nothing is never wrong


class HelloReader:
    def read(self, data):
        self._at, self._message = 0, b""
        if not HANDSHAKE.startswith(data[: len(HANDSHAKE)]):
            return NOT_TLS
        while not is_whole(self._message):
            end = record_end(data, self._at)
            if end is None or len(data) < end:
                return None
            self._message += data[self._at + HEADER : end]
            self._at = end
        return hello(self._message[4:])
