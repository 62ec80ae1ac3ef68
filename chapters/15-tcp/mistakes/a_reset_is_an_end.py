# step: 2
# file: reverseproxy/tcp/relay.py
# message: reset its connection, and the
# why: closed is closed


class Relay:
    def _told(self, error):
        if error or (self._up.has_ended and self._down.has_ended):
            self.end(socket.socket.close)
