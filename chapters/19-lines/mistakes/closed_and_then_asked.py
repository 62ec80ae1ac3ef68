# step: 4
# file: reverseproxy/lines/connection.py
# message: its flight asks the kernel, and was asked when the socket was closed
# why: what is over is closed, and then one sees what is left


class LineConnection:
    def end(self, error=None):
        if self.is_over:
            return
        self.is_over = True
        self._close(in_order=not error and not self.flight.lines)
        ending = self.flight.end(is_broken=error is not None)
        self._note(ending.delivered, ending.doubtful)
        self._queue.put_back(ending.again)
        self._over(error)
