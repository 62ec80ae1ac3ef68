# step: 2
# file: reverseproxy/sessions.py
# message: of 500 none had an answer, and to find who leaves took
# why: a list has a first one


class Sessions:
    def _to_evict(self):
        has_share = len(self._one_way) * SHARE >= self._room
        candidates = list((self._one_way if has_share else self._by_quiet).values())
        return candidates[0]
