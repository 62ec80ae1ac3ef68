# step: 3
# file: reverseproxy/lines/acknowledging.py
# message: half a line was left when its connection ended, and the ledger has dropped=Counter()
# why: half a line is no line, and the client has not counted it


class AcknowledgedClient:
    def _refuse(self, lines, reason):
        if reason != "unfinished":
            Client._refuse(self, lines, reason)
            self._owed.add(lines)()
