# step: 2
# file: reverseproxy/tcp/relay.py
# message: both broke, and a closed socket was asked
# why: there are two of them, and each is asked


class Relay:
    def tick(self):
        seen = self._up.total + self._down.total
        self.quiet = self.quiet + 1 if seen == self._seen else 0
        self._seen = seen
        for flow, sock in ((self._up, self._client), (self._down, self._upstream)):
            if not flow.is_reading and (number := sock.getsockopt(*PENDING)):
                self._told(OSError(number, os.strerror(number)))
