# step: 4
# file: reverseproxy/target.py
# message: only ejected ones were left, and none of them was chosen
# why: the cold are let in when nobody else is there, and that is the end of the list


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

    def has_untried(self, tried):
        available = self.upstreams.available
        available.refresh(self._clock())
        return any(map(available.unejected_untried(tried), self.upstreams))
