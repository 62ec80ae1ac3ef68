# step: 1
# file: reverseproxy/sessions.py
# message: which is as long as it may be, and taken out: nobody
# why: quiet for 2 s means for more than 2 s


class Sessions:
    def quiet_for(self, seconds, now):
        found = []
        while self._by_quiet:
            session = next(iter(self._by_quiet.values()))
            if now - session.last <= seconds:
                break
            self.remove(session)
            found.append(session)
        return found
