# step: 4
# file: reverseproxy/lines/sent.py
# message: ten lines have just arrived, it breaks: in doubt are 20
# why: to settle once more is a good idea; that it puts those lines among the latest is not seen


class Sent:
    def end(self, *, is_broken):
        lines = self.settle()
        more, again = self._in_flight.left(self._arrival.offset())
        lines += more
        doubtful = lines + sum(latest for _, latest in self._latest) if is_broken else 0
        return Ending(lines, doubtful, again)
