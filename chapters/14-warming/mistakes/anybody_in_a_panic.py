# step: 4
# file: reverseproxy/target.py
# message: people took it out, and in a panic it had requests
# why: in a panic all get requests, says the log


class Target:
    def _ways(self, key, now, tried):
        available = self.upstreams.available
        available.refresh(now)
        if self._panic and self._panic.is_on():
            yield lambda upstream: upstream not in tried
            return
        accepts = gated = available.untried(tried)
        for gate in self._gates:
            gated = gate.gated(gated, key if self.key else None, now)
        if gated is not accepts:
            yield gated
        yield accepts
        yield available.unejected_untried(tried)
