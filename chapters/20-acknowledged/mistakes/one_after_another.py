# step: 3
# file: reverseproxy/lines/owed.py
# message: all three parts are safe, with 9 lines, and 3 are counted
# why: the others have had their turn already


class Owed:
    def _is_safe(self, part):
        part.is_safe = True
        before = self.safe
        if self._parts and self._parts[0].is_safe:
            self.safe += self._parts.popleft().lines
        if self.safe > before:
            self._told()
