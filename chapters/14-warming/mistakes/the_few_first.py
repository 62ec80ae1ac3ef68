# step: 4
# file: reverseproxy/target.py
# message: in a panic, all but one are left out
# why: whoever is available is the better choice, in a panic as well


class Target:
    def _ways(self, key, now, tried):
        available = self.upstreams.available
        available.refresh(now)
        accepts = gated = available.untried(tried)
        for gate in self._gates:
            gated = gate.gated(gated, key if self.key else None, now)
        if gated is not accepts:
            yield gated
        yield accepts
        if self._panic and self._panic.is_on():
            yield available.wanted_untried(tried)
        yield available.unejected_untried(tried)
