# step: 4
# file: reverseproxy/target.py
# message: in a panic, no other try was promised
# why: it was right for six chapters


class Target:
    def has_untried(self, tried):
        available = self.upstreams.available
        available.refresh(self._clock())
        return any(map(available.unejected_untried(tried), self.upstreams))
