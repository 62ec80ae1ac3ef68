# step: 4
# file: reverseproxy/target.py
# message: it is held back by a gate
# why: a panic says who is believed to be up, and cold is another matter


class Target:
    def _ways(self, key, now, tried):
        available = self.upstreams.available
        available.refresh(now)
        if self._panic and self._panic.is_on():
            accepts = available.wanted_untried(tried)
        else:
            accepts = available.untried(tried)
        gated = accepts
        for gate in self._gates:
            gated = gate.gated(gated, key if self.key else None, now)
        if gated is not accepts:
            yield gated
        yield accepts
        if not (self._panic and self._panic.is_on()):
            yield available.unejected_untried(tried)
