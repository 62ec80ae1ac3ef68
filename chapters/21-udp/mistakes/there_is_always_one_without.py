# step: 2
# file: reverseproxy/sessions.py
# message: one has to leave, and to find out who raised StopIteration
# why: whoever begins has no answer yet, so there is always one


class Sessions:
    def _to_evict(self):
        return next(iter(self._one_way.values()))
