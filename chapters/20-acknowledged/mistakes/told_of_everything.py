# step: 3
# file: reverseproxy/lines/owed.py
# message: the third part is safe, the first is not, and somebody is told of it
# why: something has become safe, and that is news


class Owed:
    def _is_safe(self, part):
        part.is_safe = True
        while self._parts and self._parts[0].is_safe:
            self.safe += self._parts.popleft().lines
        self._told()
