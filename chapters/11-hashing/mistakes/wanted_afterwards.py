# step: 4
# file: reverseproxy/policies/tables.py
# message: its table was ready before it was wanted
# why: first begin the work, then write down that it was begun


class Tables:
    def _change(self, upstreams):
        self._do(lambda: self._renew(upstreams))
        self._wanted = upstreams
