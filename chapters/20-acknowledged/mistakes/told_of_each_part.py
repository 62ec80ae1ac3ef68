# step: 3
# file: reverseproxy/lines/owed.py
# message: all 9 lines have become safe at once, and told were [3, 5, 9]
# why: each part makes another number


class Owed:
    def _is_safe(self, part):
        part.is_safe = True
        while self._parts and self._parts[0].is_safe:
            self.safe += self._parts.popleft().lines
            self._told()
