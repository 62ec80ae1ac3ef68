# step: 4
# file: reverseproxy/policies/tables.py
# message: the look and the change are not both under the lock
# why: the lock is for writing; a look does no harm


class Tables:
    def _renew(self, upstreams):
        table = self._build(upstreams)
        if self._wanted is upstreams:
            with self._lock:
                self._table = table
