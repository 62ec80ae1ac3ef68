# step: 2
# file: reverseproxy/health/slow_start.py
# message: it was never out, and at 3 s it is taken for cold
# why: whoever was never out has been there since the beginning, and that is 0


class Warming:
    def _share(self, upstream, now):
        if upstream.facts.ejected_until is not None:
            return 1.0
        return self._settings.share(now - self._available.back.get(upstream, 0.0))
