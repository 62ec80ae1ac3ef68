# step: 2
# file: reverseproxy/sessions.py
# message: one question, one answer, that is all, and there still is: a
# why: whoever is told that it is over takes it out


class Sessions:
    def answered(self, session, now):
        session.answers += 1
        session.last = now
        self._by_quiet.move_to_end(session.key)
        if session.is_one_way:
            session.is_one_way = False
            del self._one_way[session.key]
        return self._is_over(session)
