# step: 1
# file: reverseproxy/sessions.py
# message: one had to leave, `_to_evict` was not asked who, and there are now: b c d
# why: a table that is full drops what was used longest ago, as every cache does


class Sessions:
    def add(self, session, now):
        evicted = None
        if len(self) >= self._room:
            evicted = next(iter(self._by_quiet.values()))
            self.remove(evicted)
        self._by_quiet[session.key] = self._one_way[session.key] = session
        session.last = now
        return evicted
