# step: 2
# file: reverseproxy/health/slow_start.py
# message: it never has its trial
# why: whoever has just been out is cold, why ever it was out


class Warming:
    def _share(self, upstream, now):
        since = self._available.back.get(upstream)
        return 1.0 if since is None else self._settings.share(now - since)
