# step: 2
# file: reverseproxy/client_hello.py
# message: in records of 50 bytes it wants rose.test, and it was read as: a length
# why: a ClientHello has a few hundred bytes, and a record has room for 16,384


class HelloReader:
    def read(self, data):
        if not HANDSHAKE.startswith(data[: len(HANDSHAKE)]):
            return NOT_TLS
        end = record_end(data, 0)
        if end is None or len(data) < end:
            return None
        is_whole(data[HEADER:end])
        return hello(data[HEADER + 4 : end])
