# step: 4
# file: reverseproxy/lines/connection.py
# message: is_broken is to be False when its flight is asked
# why: what ends with lines on their way looks broken, whatever the upstream says


class LineConnection:
    def end(self, error=None):
        if self.is_over:
            return
        self.is_over = True
        ending = self.flight.end(is_broken=bool(error) or bool(self.flight.lines))
        self._note(ending.delivered, ending.doubtful)
        self._close(in_order=not error and not ending.again)
        self._queue.put_back(ending.again)
        self._over(error)
