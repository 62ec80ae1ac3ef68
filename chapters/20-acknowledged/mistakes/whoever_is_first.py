# step: 3
# file: reverseproxy/lines/owed.py
# message: the third part is safe, the first is not: 3 are counted
# why: what was sent first is safe first


class Owed:
    def add(self, lines):
        self._parts.append(Part(lines))
        return lambda: self._is_safe(self._parts[0])
