# step: 1
# file: reverseproxy/sessions.py
# message: a sent again, and is still the oldest without an answer, not
# why: there are two orders, and both are kept up to date


class Sessions:
    def find(self, key, now):
        session = self._by_quiet.get(key)
        if session is not None:
            session.last = now
            self._by_quiet.move_to_end(key)
            if key in self._one_way:
                self._one_way.move_to_end(key)
        return session
