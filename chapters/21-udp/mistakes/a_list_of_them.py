# step: 1
# file: reverseproxy/sessions.py
# message: one of 500 was quiet, and to find it took
# why: a loop over a copy may remove what it goes through


class Sessions:
    def quiet_for(self, seconds, now):
        found = []
        for session in list(self._by_quiet.values()):
            if now - session.last < seconds:
                break
            self.remove(session)
            found.append(session)
        return found
