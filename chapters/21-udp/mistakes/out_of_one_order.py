# step: 1
# file: reverseproxy/sessions.py
# message: a, b and c were taken out, and of those without an answer are left: a b c d
# why: what is popped from the table is out of it


class Sessions:
    def quiet_for(self, seconds, now):
        found = []
        while self._by_quiet:
            session = next(iter(self._by_quiet.values()))
            if now - session.last < seconds:
                break
            self._by_quiet.popitem(last=False)
            found.append(session)
        return found
