# step: 2
# file: reverseproxy/sessions.py
# message: one question, two answers each, the fifth one comes, and it is not over
# why: there cannot be more answers than there are


class Sessions:
    def _is_over(self, session):
        return self._responses is not None and session.answers == self._responses * session.asked
