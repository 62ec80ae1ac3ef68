# step: 2
# file: reverseproxy/health/slow_start.py
# message: of 500 keys were accepted
# why: the largest is for draws; a key has a place, and that is between 0 and 1


class Warming:
    def gated(self, accepts, key, now):
        self._forget_warm(now)
        if not self._available.back:
            return accepts
        draw, largest = self._settings.random.random(), self._largest(now)

        def passes(upstream):
            share = self._share(upstream, now)
            if not accepts(upstream) or share == largest:
                return accepts(upstream)
            return share / largest > draw if key is None else share > place(key, upstream)

        return passes
