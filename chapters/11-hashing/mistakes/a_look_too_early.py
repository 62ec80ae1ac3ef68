# step: 4
# file: reverseproxy/policies/tables.py
# message: and nobody looked after it
# why: why build what nobody wants?


class Tables:
    def _renew(self, upstreams):
        with self._lock:
            if self._wanted is not upstreams:
                return
        table = self._build(upstreams)
        with self._lock:
            self._table = table
