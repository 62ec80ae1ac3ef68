# step: 3
# file: reverseproxy/lines/owed.py
# message: is something owed? That is said to be [False, True, True, True, True, True]
# why: what is safe is marked, and that is enough


class Owed:
    def _is_safe(self, part):
        part.is_safe = True
        before, self.safe = self.safe, 0
        for each in self._parts:
            if not each.is_safe:
                break
            self.safe += each.lines
        if self.safe > before:
            self._told()
