# step: 3
# file: reverseproxy/lines/acknowledging.py
# message: 3 lines came, and one of them was too long: Ledger(accepted=3, delivered=1
# why: what the client is told is what is delivered


class AcknowledgedClient:
    def _refuse(self, lines, reason):
        super()._refuse(lines, reason)
        self._owed.add(lines)()
        self._ledger.delivered += lines
