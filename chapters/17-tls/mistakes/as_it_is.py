# step: 3
# file: reverseproxy/tls/sockets.py
# message: b'rose petal' is on its way, and that is no TLS
# why: a socket sends


class TlsSocket:
    def send(self, data, flags=0):
        return super().send(data)
