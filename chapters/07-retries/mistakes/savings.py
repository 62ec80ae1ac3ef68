# step: 2
# file: reverseproxy/retry.py
# message: requests from eleven seconds ago still paid for
# why: a tank that requests fill and retries empty: over a quiet day it fills without end


class Budget:
    def earn(self):
        self._saved = getattr(self, "_saved", 0.0) + self._ratio

    def spend(self):
        now = self._clock()
        if self._retries.total(now) + 1 <= self._reserve:
            self._retries.add(1, now)
            return True
        if getattr(self, "_saved", 0.0) < 1:
            return False
        self._saved -= 1
        return True
