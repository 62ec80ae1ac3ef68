# step: 4
# file: reverseproxy/lines/sent.py
# message: 10, 5 and 2 lines arrived, it breaks, and in doubt are 10
# why: a pair has two numbers, and the first one is where that was


class Sent:
    def end(self, *, is_broken):
        lines, again = self._in_flight.left(self._arrival.offset())
        doubtful = lines + sum(latest for latest, _ in self._latest) if is_broken else 0
        return Ending(lines, doubtful, again)
