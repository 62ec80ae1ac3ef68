# step: 4
# file: reverseproxy/target.py
# message: one of four is ejected, and at each look the policy sees a weight of
# why: first all that there is, and then the order


class Target:
    def _ways(self, key, now, tried):
        available = self.upstreams.available
        available.refresh(now)
        if self._panic and self._panic.is_on():
            yield available.wanted_untried(tried)
            return
        accepts = gated = available.untried(tried)
        unejected = available.unejected_untried(tried)
        for gate in self._gates:
            gated = gate.gated(gated, key if self.key else None, now)
        if gated is not accepts:
            yield gated
        yield accepts
        yield unejected
