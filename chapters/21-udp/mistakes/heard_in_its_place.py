# step: 2
# file: reverseproxy/sessions.py
# message: a had an answer just now, and by how quiet they are the order is a b c
# why: the client is the one that is quiet or not


class Sessions:
    def answered(self, session, now):
        session.answers += 1
        session.last = now
        if session.is_one_way:
            session.is_one_way = False
            del self._one_way[session.key]
        is_over = self._is_over(session)
        if is_over:
            self.remove(session)
        return is_over
