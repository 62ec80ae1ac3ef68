# step: 4
# file: reverseproxy/lines/connection.py
# message: another connection waits for one, and nobody called it
# why: lines first, and then the socket: but the queue calls whoever has waited longest


class LineConnection:
    def end(self, error=None):
        if self.is_over:
            return
        self.is_over = True
        ending = self.flight.end(is_broken=error is not None)
        self._note(ending.delivered, ending.doubtful)
        self._queue.put_back(ending.again)
        self._close(in_order=not error and not ending.again)
        self._over(error)
