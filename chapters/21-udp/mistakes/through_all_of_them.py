# step: 1
# file: reverseproxy/sessions.py
# message: one of 500 was quiet, and for that they were looked at
# why: one line is better than eight


class Sessions:
    def quiet_for(self, seconds, now):
        found = [session for session in self._by_quiet.values() if now - session.last >= seconds]
        for session in found:
            self.remove(session)
        return found
