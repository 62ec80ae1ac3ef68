# step: 1
# file: reverseproxy/sessions.py
# message: there is room for three, nobody had to leave, and there are now: a b c d
# why: three are not more than three


class Sessions:
    def add(self, session, now):
        evicted = self._to_evict() if len(self) > self._room else None
        if evicted is not None:
            self.remove(evicted)
        self._by_quiet[session.key] = self._one_way[session.key] = session
        session.last = now
        return evicted
