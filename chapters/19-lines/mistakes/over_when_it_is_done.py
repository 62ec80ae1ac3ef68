# step: 4
# file: reverseproxy/lines/connection.py
# message: and it was told 5 times that it is
# why: it is over when all is done, and that is the last thing to note


class LineConnection:
    def end(self, error=None):
        if self.is_over:
            return
        ending = self.flight.end(is_broken=error is not None)
        self._note(ending.delivered, ending.doubtful)
        self._close(in_order=not error and not ending.again)
        self._queue.put_back(ending.again)
        self._over(error)
        self.is_over = True
