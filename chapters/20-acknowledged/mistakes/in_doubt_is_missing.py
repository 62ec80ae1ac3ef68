# step: 4
# file: reverseproxy/lines/ledger.py
# message: unconfirmed=9, dropped={}): 9 are missing, it says
# why: nobody knows what has become of those


class Lines:
    @property
    def missing(self):
        found = self.delivered + self.pending + sum(self.dropped.values())
        return self.accepted - found
