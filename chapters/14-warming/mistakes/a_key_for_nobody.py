# step: 4
# file: reverseproxy/target.py
# message: has no key, 3 s of 10 are over
# why: the gate takes a key, and there is one at hand


class Target:
    def _ways(self, key, now, tried):
        available = self.upstreams.available
        available.refresh(now)
        if self._panic and self._panic.is_on():
            yield available.wanted_untried(tried)
            return
        accepts = gated = available.untried(tried)
        for gate in self._gates:
            gated = gate.gated(gated, key, now)
        if gated is not accepts:
            yield gated
        yield accepts
        yield available.unejected_untried(tried)
