# step: 2
# file: reverseproxy/client_hello.py
# message: b'' may become TLS, and it was read as
# why: it begins with two certain bytes, or it is something else


class HelloReader:
    def read(self, data):
        if data[: len(HANDSHAKE)] != HANDSHAKE:
            return NOT_TLS
        while not is_whole(self._message):
            end = record_end(data, self._at)
            if end is None or len(data) < end:
                return None
            self._message += data[self._at + HEADER : end]
            self._at = end
        return hello(self._message[4:])
