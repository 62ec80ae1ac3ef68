# step: 4
# file: reverseproxy/policies/tables.py
# message: built while somebody waited for it
# why: it is needed now, so it is built now


class Tables:
    def _change(self, upstreams):
        self._wanted = upstreams
        self._renew(upstreams)
