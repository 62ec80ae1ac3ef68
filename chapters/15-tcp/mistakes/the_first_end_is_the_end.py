# step: 2
# file: reverseproxy/tcp/relay.py
# message: and it is over for the
# why: a connection that has ended is over


class Relay:
    def _told(self, error):
        if error:
            self.end(reset)
        else:
            self.end(socket.socket.close)
