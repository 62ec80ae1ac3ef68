# step: 4
# file: reverseproxy/policies/tables.py
# message: and the one for equal upstreams is begun again
# why: equal upstreams have equal rings


class Tables:
    def _renew(self, upstreams):
        try:
            table = self._build(upstreams)
        except BaseException:
            with self._lock:
                if self._wanted == upstreams:
                    self._wanted = None
            raise
        with self._lock:
            if self._wanted is upstreams:
                self._table = table
