# step: 2
# file: reverseproxy/health/slow_start.py
# message: the same keys at the same time, and a draw has changed the answer
# why: on average, as many keys come as should


class Warming:
    def gated(self, accepts, key, now):
        self._forget_warm(now)
        if not self._available.back:
            return accepts
        draw, largest = self._settings.random.random(), self._largest(now)

        def passes(upstream):
            share = self._share(upstream, now) / largest
            return accepts(upstream) and (share >= 1.0 or share > draw)

        return passes
