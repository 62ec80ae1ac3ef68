# step: 1
# file: reverseproxy/available.py
# message: ended together, and one refresh saw only some
# why: the first of the heap is the one that is due


class Available:
    def refresh(self, now):
        if self._due and self._due[0][0] <= now:
            upstream = heappop(self._due)[-1]
            self._looks.pop(upstream, None)
            self._changed[upstream] = None
        while self._changed:
            self._look_at(self._changed.popitem()[0], now)
