# step: 4
# file: reverseproxy/target.py
# message: three ejected ones are left, and the policy sees a weight of
# why: it accepts the same ones as the function that was there


class Target:
    def _ways(self, key, now, tried):
        available = self.upstreams.available
        available.refresh(now)
        if self._panic and self._panic.is_on():
            yield available.wanted_untried(tried)
            return
        accepts = gated = available.untried(tried)
        for gate in self._gates:
            gated = gate.gated(gated, key if self.key else None, now)
        if gated is not accepts:
            yield gated
        yield accepts
        yield lambda each: each.state(now, traffic=False).available and each not in tried
