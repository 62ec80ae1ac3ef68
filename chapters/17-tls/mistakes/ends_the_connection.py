# step: 3
# file: reverseproxy/tls/sockets.py
# message: shutdown was called, and the other side was not told that this was all
# why: it is a socket, and sockets can do that


class TlsSocket:
    def shutdown(self, how):
        super().shutdown(how)
