# step: 2
# file: reverseproxy/health/slow_start.py
# message: its window is over: it is still kept
# why: a share of 1 lets everybody pass, so what is left to be done?


class Warming:
    def gated(self, accepts, key, now):
        if not self._available.back:
            return accepts
        draw, largest = self._settings.random.random(), self._largest(now)

        def passes(upstream):
            if not accepts(upstream):
                return False
            share = self._share(upstream, now) / largest
            return share >= 1.0 or share > (draw if key is None else place(key, upstream))

        return passes
