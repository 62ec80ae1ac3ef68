# step: 4
# file: reverseproxy/target.py
# message: two gates, and one of them was not asked
# why: there is one gate, as long as nobody writes another


class Target:
    def _ways(self, key, now, tried):
        available = self.upstreams.available
        available.refresh(now)
        if self._panic and self._panic.is_on():
            yield available.wanted_untried(tried)
            return
        accepts = gated = available.untried(tried)
        for gate in self._gates:
            gated = gate.gated(accepts, key if self.key else None, now)
        if gated is not accepts:
            yield gated
        yield accepts
        yield available.unejected_untried(tried)
