# step: 4
# file: reverseproxy/policies/tables.py
# message: builds were begun
# why: whoever finds an old table has a new one built


class Tables:
    def _change(self, upstreams):
        def work():
            self._wanted = upstreams
            self._renew(upstreams)

        self._do(work)
