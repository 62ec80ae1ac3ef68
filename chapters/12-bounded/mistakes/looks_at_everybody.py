# step: 1
# file: reverseproxy/available.py
# message: two changed, and upstreams were looked at
# why: a scan is always right


class Available:
    def refresh(self, now):
        self._due.clear()
        self._looks.clear()
        for upstream in {**self._changed, **self._everybody()}:
            self._look_at(upstream, now)
        self._changed.clear()

    def _everybody(self):
        self.__dict__.setdefault("_all", dict(self._changed))
        return self._all
