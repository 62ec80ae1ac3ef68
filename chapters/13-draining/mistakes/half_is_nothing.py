# step: 2
# file: reverseproxy/http/leaving.py
# message: half a head was there, and it was closed
# why: it is silent: there is no request that has no answer


class LeavingConnection:
    def _give_up(self):
        if self._is_silent():
            self.transport.close()
