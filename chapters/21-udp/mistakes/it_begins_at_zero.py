# step: 1
# file: reverseproxy/sessions.py
# message: it began at 3 s, and is said to be heard last at 0.0 s
# why: a session has a `last` already when it is made


class Sessions:
    def add(self, session, now):
        evicted = self._to_evict() if len(self) >= self._room else None
        if evicted is not None:
            self.remove(evicted)
        self._by_quiet[session.key] = self._one_way[session.key] = session
        return evicted
