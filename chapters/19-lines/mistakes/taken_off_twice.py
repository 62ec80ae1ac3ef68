# step: 4
# file: reverseproxy/lines/connection.py
# message: of which 6 are in doubt: (delivered, unconfirmed) is (0, 6)
# why: what is in doubt was not delivered, so it is taken off, here and once more in the ledger


class LineConnection:
    def end(self, error=None):
        if self.is_over:
            return
        self.is_over = True
        ending = self.flight.end(is_broken=error is not None)
        self._note(ending.delivered - ending.doubtful, ending.doubtful)
        self._close(in_order=not error and not ending.again)
        self._queue.put_back(ending.again)
        self._over(error)
