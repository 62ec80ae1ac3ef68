# step: 2
# file: reverseproxy/tcp/relay.py
# message: a tick came before its last bytes were read
# why: to ask once more does no harm


class Relay:
    def tick(self):
        seen = self._up.total + self._down.total
        self.quiet = self.quiet + 1 if seen == self._seen else 0
        self._seen = seen
        for sock in (self._client, self._upstream):
            if number := sock.getsockopt(*PENDING):
                self._told(OSError(number, os.strerror(number)))
                return
