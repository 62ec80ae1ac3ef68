# step: 1
# file: reverseproxy/available.py
# message: to add it up anew
# why: a sum that is made anew cannot be wrong


class Available:
    def refresh(self, now):
        while self._due and self._due[0][0] <= now:
            upstream = heappop(self._due)[-1]
            self._looks.pop(upstream, None)
            self._changed[upstream] = None
        while self._changed:
            self._look_at(self._changed.popitem()[0], now)
        self.weight = sum(each.weight for each in self._in)
        self.in_flight = sum(each.in_flight for each in self._in)
