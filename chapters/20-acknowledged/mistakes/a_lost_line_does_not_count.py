# step: 3
# file: reverseproxy/lines/acknowledging.py
# message: the second too long for ever, and it hears: ACK 1
# why: what is lost is not safe


class AcknowledgedClient:
    def _refuse(self, lines, reason):
        Client._refuse(self, lines, reason)
