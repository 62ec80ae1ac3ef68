# step: 2
# file: reverseproxy/sessions.py
# message: nobody knows how many there will be, and that ended it
# why: a question has an answer, unless somebody says otherwise


class Sessions:
    def _is_over(self, session):
        return session.answers >= (self._responses or 1) * session.asked
