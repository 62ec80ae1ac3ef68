# step: 1
# file: reverseproxy/available.py
# message: two changed, and upstreams were looked at
# why: a scan is always right


class Available:
    def refresh(self, now):
        if not hasattr(self, "everybody"):
            self.everybody = list(self._changed)
        self._due.clear()
        self._looks.clear()
        self._changed.clear()
        for upstream in self.everybody:
            self._look_at(upstream, now)
