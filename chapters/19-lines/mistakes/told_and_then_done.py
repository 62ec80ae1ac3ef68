# step: 4
# file: reverseproxy/lines/connection.py
# message: is (3, 1, 2, True) when it is told
# why: bad news first


class LineConnection:
    def end(self, error=None):
        if self.is_over:
            return
        self.is_over = True
        self._over(error)
        ending = self.flight.end(is_broken=error is not None)
        self._note(ending.delivered, ending.doubtful)
        self._close(in_order=not error and not ending.again)
        self._queue.put_back(ending.again)
