# step: 4
# file: reverseproxy/target.py
# message: only cold ones were left, and nobody was chosen
# why: the gate accepts a few, and a few are somebody


class Target:
    def _ways(self, key, now, tried):
        available = self.upstreams.available
        available.refresh(now)
        if self._panic and self._panic.is_on():
            yield available.wanted_untried(tried)
            return
        accepts = available.untried(tried)
        for gate in self._gates:
            accepts = gate.gated(accepts, key if self.key else None, now)
        yield accepts
