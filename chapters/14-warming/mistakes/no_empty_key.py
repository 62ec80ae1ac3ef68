# step: 4
# file: reverseproxy/target.py
# message: 30 choices by an empty key, and
# why: without a key the proxy hands over b"", so b"" is no key


class Target:
    def _ways(self, key, now, tried):
        available = self.upstreams.available
        available.refresh(now)
        if self._panic and self._panic.is_on():
            yield available.wanted_untried(tried)
            return
        accepts = gated = available.untried(tried)
        for gate in self._gates:
            gated = gate.gated(gated, key or None, now)
        if gated is not accepts:
            yield gated
        yield accepts
        yield available.unejected_untried(tried)
