# step: 2
# file: reverseproxy/sessions.py
# message: b and those that came then had none, and out are: b a c
# why: a table that is full drops what was used longest ago, as every cache does


class Sessions:
    def _to_evict(self):
        return next(iter(self._by_quiet.values()))
