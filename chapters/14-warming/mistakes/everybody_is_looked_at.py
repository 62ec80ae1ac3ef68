# step: 2
# file: reverseproxy/health/slow_start.py
# message: shares were worked out
# why: worked out once, ahead of all questions, the shares are at hand


class Warming:
    def gated(self, accepts, key, now):
        self._forget_warm(now)
        if not self._available.back:
            return accepts
        draw, largest = self._settings.random.random(), self._largest(now)
        shares = {each: self._share(each, now) / largest for each in self._available.back}

        def passes(upstream):
            share = shares.get(upstream, 1.0)
            taken = draw if key is None else place(key, upstream)
            return accepts(upstream) and (share >= 1.0 or share > taken)

        return passes
