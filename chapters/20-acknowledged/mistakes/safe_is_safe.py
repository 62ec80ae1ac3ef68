# step: 3
# file: reverseproxy/lines/owed.py
# message: the third part is safe, the first is not: 4 are counted
# why: so many lines are safe, and the client is told how many


class Owed:
    def _is_safe(self, part):
        self._parts.remove(part)
        self.safe += part.lines
        self._told()
