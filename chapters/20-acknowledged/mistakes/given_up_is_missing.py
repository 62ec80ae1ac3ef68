# step: 4
# file: reverseproxy/lines/ledger.py
# message: dropped={'too long': 9}): 9 are missing, it says
# why: a line that was dropped is not there any more


class Lines:
    @property
    def missing(self):
        return self.accepted - self.delivered - self.pending - self.unconfirmed
