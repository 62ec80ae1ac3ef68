# step: 4
# file: reverseproxy/lines/connection.py
# message: it broke: its flight is asked for that, once, and not: [False]
# why: nothing is on its way any more, so it makes no difference how it ended


class LineConnection:
    def end(self, error=None):
        if self.is_over:
            return
        self.is_over = True
        ending = self.flight.end(is_broken=bool(self.flight.lines))
        self._note(ending.delivered, ending.doubtful)
        self._close(in_order=not error and not ending.again)
        self._queue.put_back(ending.again)
        self._over(error)
