# step: 2
# file: reverseproxy/sessions.py
# message: answer number 2 of a session raised KeyError
# why: an answer takes it out of those that had none


class Sessions:
    def answered(self, session, now):
        session.answers += 1
        session.last = now
        self._by_quiet.move_to_end(session.key)
        session.is_one_way = False
        del self._one_way[session.key]
        is_over = self._is_over(session)
        if is_over:
            self.remove(session)
        return is_over
