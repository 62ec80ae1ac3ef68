# step: 4
# file: reverseproxy/lines/sent.py
# message: 10 arrived and 10 did not, which go again: in doubt are 20
# why: what was on its way when it broke may be anywhere


class Sent:
    def end(self, *, is_broken):
        lines, again = self._in_flight.left(self._arrival.offset())
        doubtful = lines + sum(latest for _, latest in self._latest) if is_broken else 0
        if is_broken:
            doubtful += sum(batch.lines for batch in again)
        return Ending(lines, doubtful, again)
