# step: 2
# file: reverseproxy/sessions.py
# message: 2 questions, so many answers each: 1, and it was over after 1
# why: one response means one datagram, and then it is over


class Sessions:
    def _is_over(self, session):
        return self._responses is not None and session.answers >= self._responses
