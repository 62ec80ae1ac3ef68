# step: 1
# file: reverseproxy/sessions.py
# message: it sent again at 5 s, and is said to be heard last at 3.0 s
# why: to look something up changes nothing


class Sessions:
    def find(self, key, now):
        session = self._by_quiet.get(key)
        if session is not None:
            self._by_quiet.move_to_end(key)
        return session
