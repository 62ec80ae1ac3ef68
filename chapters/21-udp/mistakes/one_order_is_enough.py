# step: 1
# file: reverseproxy/sessions.py
# message: a, b and c began and had no answer, and of those that had none are: nobody
# why: the table is the one in which they are found


class Sessions:
    def add(self, session, now):
        evicted = self._to_evict() if len(self) >= self._room else None
        if evicted is not None:
            self.remove(evicted)
        self._by_quiet[session.key] = session
        session.last = now
        return evicted
