# step: 2
# file: reverseproxy/health/slow_start.py
# message: it came back at 0 s, and at 2.5 s it is taken for warm
# why: there is either a time or nothing


class Warming:
    def _share(self, upstream, now):
        since = self._available.back.get(upstream)
        if not since or upstream.facts.ejected_until is not None:
            return 1.0
        return self._settings.share(now - since)
