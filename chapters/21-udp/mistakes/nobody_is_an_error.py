# step: 1
# file: reverseproxy/sessions.py
# message: nobody is called c, and to look for it raised KeyError
# why: whoever sends something has been there before


class Sessions:
    def find(self, key, now):
        session = self._by_quiet[key]
        session.last = now
        self._by_quiet.move_to_end(key)
        return session
