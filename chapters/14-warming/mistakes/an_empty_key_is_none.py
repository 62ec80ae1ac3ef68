# step: 2
# file: reverseproxy/health/slow_start.py
# message: a draw has changed the answer for b''
# why: a key that is empty is no key


class Warming:
    def gated(self, accepts, key, now):
        self._forget_warm(now)
        if not self._available.back:
            return accepts
        draw, largest = self._settings.random.random(), self._largest(now)

        def passes(upstream):
            if not accepts(upstream):
                return False
            share = self._share(upstream, now) / largest
            return share >= 1.0 or share > (place(key, upstream) if key else draw)

        return passes
