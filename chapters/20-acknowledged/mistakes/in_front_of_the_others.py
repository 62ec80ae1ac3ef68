# step: 3
# file: reverseproxy/lines/acknowledging.py
# message: its first one is not safe yet, and it hears: ACK 1
# why: there is nothing to wait for


class AcknowledgedClient:
    def _refuse(self, lines, reason):
        Client._refuse(self, lines, reason)
        self._owed.safe += lines
        self._tell_soon()
