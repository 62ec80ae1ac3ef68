# step: 4
# file: reverseproxy/lines/sent.py
# message: and 5 lines are in doubt
# why: to be on the safe side


class Sent:
    def end(self, *, is_broken):
        lines, again = self._in_flight.left(self._arrival.offset())
        doubtful = lines + sum(latest for _, latest in self._latest)
        return Ending(lines, doubtful, again)
