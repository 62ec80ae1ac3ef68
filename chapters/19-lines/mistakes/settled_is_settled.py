# step: 4
# file: reverseproxy/lines/sent.py
# message: 10, 5 and 2 lines arrived, it breaks, and in doubt are 2
# why: what was delivered before stands in the ledger, and that is that


class Sent:
    def end(self, *, is_broken):
        lines, again = self._in_flight.left(self._arrival.offset())
        return Ending(lines, lines if is_broken else 0, again)
