# step: 1
# file: reverseproxy/available.py
# message: an ejection of 3 s ends after 3 s
# why: every change of a fact is heard, and the end of a time is none


class Available:
    def refresh(self, now):
        while self._changed:
            self._look_at(self._changed.popitem()[0], now)
