# step: 4
# file: reverseproxy/lines/connection.py
# message: all of them are in doubt, and has_delivered is true
# why: they were delivered, and that they are in doubt is a matter of the ledger


class LineConnection:
    def end(self, error=None):
        if self.is_over:
            return
        self.is_over = True
        ending = self.flight.end(is_broken=error is not None)
        self._note(ending.delivered)
        self._ledger.doubt(ending.doubtful)
        self._close(in_order=not error and not ending.again)
        self._queue.put_back(ending.again)
        self._over(error)
