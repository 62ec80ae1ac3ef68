# step: 4
# file: reverseproxy/lines/sent.py
# message: six of ten lines arrived since the last look
# why: whatever has arrived is settled; what is still in flight has not


class Sent:
    def end(self, *, is_broken):
        lines, again = self._in_flight.left(0)
        doubtful = sum(latest for _, latest in self._latest) if is_broken else 0
        return Ending(lines, doubtful, again)
