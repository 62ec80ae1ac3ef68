# step: 4
# file: reverseproxy/target.py
# message: an ejected upstream was preferred to a cold one
# why: two ways were there before, and the gate stands before both of them


class Target:
    def _ways(self, key, now, tried):
        available = self.upstreams.available
        available.refresh(now)
        if self._panic and self._panic.is_on():
            yield available.wanted_untried(tried)
            return
        for accepts in (available.untried(tried), available.unejected_untried(tried)):
            gated = accepts
            for gate in self._gates:
                gated = gate.gated(gated, key if self.key else None, now)
            yield gated
        yield available.unejected_untried(tried)
