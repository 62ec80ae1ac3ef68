# step: 2
# file: reverseproxy/sessions.py
# message: that all had answers: to find who leaves, they were looked at
# why: min() says what is meant


class Sessions:
    def _to_evict(self):
        if self._one_way:
            return next(iter(self._one_way.values()))
        return min(self._by_quiet.values(), key=lambda session: session.last)
