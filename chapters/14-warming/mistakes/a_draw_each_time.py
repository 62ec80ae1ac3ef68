# step: 2
# file: reverseproxy/health/slow_start.py
# message: in one choice, the gate has changed its mind
# why: a draw is where it is needed, so no draw is wasted


class Warming:
    def gated(self, accepts, key, now):
        self._forget_warm(now)
        if not self._available.back:
            return accepts
        largest = self._largest(now)

        def passes(upstream):
            if not accepts(upstream):
                return False
            share = self._share(upstream, now) / largest
            draw = self._settings.random.random() if key is None else place(key, upstream)
            return share >= 1.0 or share > draw

        return passes
