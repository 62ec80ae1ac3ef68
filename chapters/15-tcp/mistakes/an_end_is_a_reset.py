# step: 2
# file: reverseproxy/tcp/relay.py
# message: both have ended, and it is not over
# why: only what breaks needs to be cleared away


class Relay:
    def _told(self, error):
        if error:
            self.end(reset)
