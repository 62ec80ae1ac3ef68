# step: 2
# file: reverseproxy/sessions.py
# message: and 40 stay
# why: newcomers have half of the room, and so has a flood


class Sessions:
    def _to_evict(self):
        has_share = len(self._one_way) * 2 >= self._room
        return next(iter((self._one_way if has_share else self._by_quiet).values()))
