# step: 2
# file: reverseproxy/tcp/relay.py
# message: had ended, and then it reset, and no tick finds out
# why: who breaks says so


class Relay:
    def tick(self):
        seen = self._up.total + self._down.total
        self.quiet = self.quiet + 1 if seen == self._seen else 0
        self._seen = seen
