# step: 2
# file: reverseproxy/tcp/relay.py
# message: had ended, and the
# why: one end is there already, and now the other one


class Relay:
    def _told(self, error):
        if self._up.has_ended or self._down.has_ended:
            if error or (self._up.has_ended and self._down.has_ended):
                self.end(socket.socket.close)
        elif error:
            self.end(reset)
