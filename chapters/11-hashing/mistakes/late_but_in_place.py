# step: 4
# file: reverseproxy/policies/tables.py
# message: has replaced a newer one
# why: what was built is used, or why was it built?


class Tables:
    def _renew(self, upstreams):
        table = self._build(upstreams)
        with self._lock:
            self._table = table
            self._wanted = upstreams
