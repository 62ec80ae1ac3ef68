# step: 4
# file: reverseproxy/lines/connection.py
# message: no error, but a line goes again
# why: a reset is for what went wrong, and nothing did


class LineConnection:
    def end(self, error=None):
        if self.is_over:
            return
        self.is_over = True
        ending = self.flight.end(is_broken=error is not None)
        self._note(ending.delivered, ending.doubtful)
        self._close(in_order=not error)
        self._queue.put_back(ending.again)
        self._over(error)
