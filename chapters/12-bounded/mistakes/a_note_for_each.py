# step: 1
# file: reverseproxy/available.py
# message: one upstream was ejected 50 times, and
# why: each ejection has an end, and a heap is made for many


class Available:
    def _look_at(self, upstream, now):
        until = upstream.facts.ejected_until
        if until is not None and now < until:
            heappush(self._due, (until, next(self._order), upstream))
        is_available = upstream.state(now).available
        if is_available and upstream not in self._in:
            self._in.add(upstream)
            self.weight += upstream.weight
            self.in_flight += upstream.in_flight
        elif not is_available and upstream in self._in:
            self._in.remove(upstream)
            self.weight -= upstream.weight
            self.in_flight -= upstream.in_flight
