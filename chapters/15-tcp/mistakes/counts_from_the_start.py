# step: 2
# file: reverseproxy/tcp/relay.py
# message: a byte since the last tick, and quiet is not 0
# why: a tick is a tick


class Relay:
    def tick(self):
        self.quiet += 1
        for flow, sock in ((self._up, self._client), (self._down, self._upstream)):
            if not flow.is_reading and (number := sock.getsockopt(*PENDING)):
                self._told(OSError(number, os.strerror(number)))
                return
