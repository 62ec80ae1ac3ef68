# step: 1
# file: reverseproxy/available.py
# message: it was let in when its first time was over
# why: a time that was noted comes, and then it is over


class Available:
    def refresh(self, now):
        while self._due and self._due[0][0] <= now:
            upstream = heappop(self._due)[-1]
            self._looks.pop(upstream, None)
            self._changed.pop(upstream, None)
            if upstream not in self._in:
                self._in.add(upstream)
                self.weight += upstream.weight
                self.in_flight += upstream.in_flight
        while self._changed:
            self._look_at(self._changed.popitem()[0], now)
