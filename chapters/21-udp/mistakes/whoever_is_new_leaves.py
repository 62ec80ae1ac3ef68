# step: 2
# file: reverseproxy/sessions.py
# message: 96 come and wait, 0 get answers
# why: one-way sessions leave first, whenever there are any


class Sessions:
    def _to_evict(self):
        return next(iter((self._one_way or self._by_quiet).values()))
