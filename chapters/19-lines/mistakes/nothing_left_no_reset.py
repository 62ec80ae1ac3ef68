# step: 4
# file: reverseproxy/lines/connection.py
# message: it broke, with 0 lines to go again
# why: all lines have arrived, so all is well


class LineConnection:
    def end(self, error=None):
        if self.is_over:
            return
        self.is_over = True
        ending = self.flight.end(is_broken=error is not None)
        self._note(ending.delivered, ending.doubtful)
        self._close(in_order=not ending.again)
        self._queue.put_back(ending.again)
        self._over(error)
