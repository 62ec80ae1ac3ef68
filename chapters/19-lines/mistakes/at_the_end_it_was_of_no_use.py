# step: 4
# file: reverseproxy/lines/connection.py
# message: none of them at the end, and forgot about them
# why: what was delivered is known at the end; what was before is overwritten


class LineConnection:
    def end(self, error=None):
        if self.is_over:
            return
        self.is_over = True
        ending = self.flight.end(is_broken=error is not None)
        self._ledger.delivered += ending.delivered
        self._ledger.doubt(ending.doubtful)
        self._delivered = ending.delivered - ending.doubtful
        self._close(in_order=not error and not ending.again)
        self._queue.put_back(ending.again)
        self._over(error)
