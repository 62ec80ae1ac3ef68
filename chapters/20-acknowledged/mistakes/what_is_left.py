# step: 4
# file: reverseproxy/lines/serving.py
# message: 3 lines are on their way, and pending follows from accepted
# why: what has become of no other thing is pending


class Serving:
    @property
    def pending(self):
        ledger = self._ledger
        others = ledger.delivered + ledger.unconfirmed + ledger.dropped.total()
        return ledger.accepted - others
