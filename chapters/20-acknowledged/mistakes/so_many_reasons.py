# step: 4
# file: reverseproxy/lines/ledger.py
# message: dropped={'too long': 9}): 8 are missing, it says
# why: what is dropped is counted in there


class Lines:
    @property
    def missing(self):
        found = self.delivered + self.pending + self.unconfirmed + len(self.dropped)
        return self.accepted - found
