# step: 2
# file: reverseproxy/tcp/relay.py
# message: two ticks without one later, quiet is
# why: there have been bytes, so it is not idle


class Relay:
    def tick(self):
        seen = self._up.total + self._down.total
        self.quiet = self.quiet + 1 if not seen else 0
        for flow, sock in ((self._up, self._client), (self._down, self._upstream)):
            if not flow.is_reading and (number := sock.getsockopt(*PENDING)):
                self._told(OSError(number, os.strerror(number)))
                return
