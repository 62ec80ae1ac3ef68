# step: 2
# file: reverseproxy/tcp/relay.py
# message: reset, and the client did not, and no tick finds out
# why: one question a tick is enough


class Relay:
    def tick(self):
        seen = self._up.total + self._down.total
        self.quiet = self.quiet + 1 if seen == self._seen else 0
        self._seen = seen
        for flow, sock in ((self._up, self._client), (self._down, self._upstream)):
            if not flow.is_reading:
                if number := sock.getsockopt(*PENDING):
                    self._told(OSError(number, os.strerror(number)))
                return
