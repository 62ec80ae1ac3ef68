# step: 2
# file: reverseproxy/sessions.py
# message: one question, one answer, that is all, and False was returned
# why: first see whether it is over, and then count for the next time


class Sessions:
    def answered(self, session, now):
        is_over = self._is_over(session)
        session.answers += 1
        session.last = now
        self._by_quiet.move_to_end(session.key)
        if session.is_one_way:
            session.is_one_way = False
            del self._one_way[session.key]
        if is_over:
            self.remove(session)
        return is_over
