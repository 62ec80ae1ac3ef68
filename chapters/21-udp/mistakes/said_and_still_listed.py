# step: 2
# file: reverseproxy/sessions.py
# message: a had an answer, and of those that had none are: a b c
# why: the session says itself whether it is one-way


class Sessions:
    def answered(self, session, now):
        session.answers += 1
        session.last = now
        self._by_quiet.move_to_end(session.key)
        session.is_one_way = False
        is_over = self._is_over(session)
        if is_over:
            self.remove(session)
        return is_over
