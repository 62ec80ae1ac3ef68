# step: 1
# file: reverseproxy/sessions.py
# message: when it was asked who has to leave, the new one was among them already
# why: first let it in, and then see whether there are too many


class Sessions:
    def add(self, session, now):
        self._by_quiet[session.key] = self._one_way[session.key] = session
        session.last = now
        evicted = self._to_evict() if len(self) > self._room else None
        if evicted is not None:
            self.remove(evicted)
        return evicted
