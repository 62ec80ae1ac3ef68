# step: 4
# file: reverseproxy/lines/sent.py
# message: ten lines have just arrived, it breaks: in doubt are 0
# why: what is in doubt was delivered before, and these are delivered now


class Sent:
    def end(self, *, is_broken):
        lines, again = self._in_flight.left(self._arrival.offset())
        doubtful = sum(latest for _, latest in self._latest) if is_broken else 0
        return Ending(lines, doubtful, again)
