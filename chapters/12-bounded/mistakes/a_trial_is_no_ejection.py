# step: 1
# file: reverseproxy/available.py
# message: the time of its trial is over, and it is still out
# why: the state says "ejected", and so one compares


class Available:
    def _look_at(self, upstream, now):
        until, state = upstream.facts.ejected_until, upstream.state(now)
        if state.why == "ejected" and now < until < self._looks.get(upstream, inf):
            self._looks[upstream] = until
            heappush(self._due, (until, next(self._order), upstream))
        if state.available and upstream not in self._in:
            self._in.add(upstream)
            self.weight += upstream.weight
            self.in_flight += upstream.in_flight
        elif not state.available and upstream in self._in:
            self._in.remove(upstream)
            self.weight -= upstream.weight
            self.in_flight -= upstream.in_flight
