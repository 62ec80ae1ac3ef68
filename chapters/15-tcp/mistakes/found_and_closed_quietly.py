# step: 2
# file: reverseproxy/tcp/relay.py
# message: hears of no reset
# why: it is over, and both are closed


class Relay:
    def tick(self):
        seen = self._up.total + self._down.total
        self.quiet = self.quiet + 1 if seen == self._seen else 0
        self._seen = seen
        for flow, sock in ((self._up, self._client), (self._down, self._upstream)):
            if not flow.is_reading and sock.getsockopt(*PENDING):
                self.end(socket.socket.close)
                return
