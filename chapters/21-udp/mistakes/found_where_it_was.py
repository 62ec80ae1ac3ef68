# step: 1
# file: reverseproxy/sessions.py
# message: so b alone was quiet for 4 s, and nobody was taken out
# why: the time is noted, and that is all that `quiet_for` compares


class Sessions:
    def find(self, key, now):
        session = self._by_quiet.get(key)
        if session is not None:
            session.last = now
        return session
