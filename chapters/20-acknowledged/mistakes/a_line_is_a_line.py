# step: 3
# file: reverseproxy/lines/acknowledging.py
# message: its two lines are too long, and there are no others, and it hears: ACK 1
# why: it was one line that was too long


class AcknowledgedClient:
    def _refuse(self, lines, reason):
        Client._refuse(self, lines, reason)
        self._owed.add(1)()
