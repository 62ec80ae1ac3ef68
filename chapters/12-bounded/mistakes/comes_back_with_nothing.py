# step: 1
# file: reverseproxy/available.py
# message: it came back with one use, and the sum does not say 1
# why: who was out has no requests, one would think


class Available:
    def _look_at(self, upstream, now):
        until = upstream.facts.ejected_until
        if until is not None and now < until < self._looks.get(upstream, inf):
            self._looks[upstream] = until
            heappush(self._due, (until, next(self._order), upstream))
        is_available = upstream.state(now).available
        if is_available and upstream not in self._in:
            self._in.add(upstream)
            self.weight += upstream.weight
        elif not is_available and upstream in self._in:
            self._in.remove(upstream)
            self.weight -= upstream.weight
            self.in_flight -= upstream.in_flight
