# step: 3
# file: reverseproxy/lines/acknowledging.py
# message: it has ended, and none of two lines is safe, and it hears: (an end)
# why: a client that has ended is gone


class AcknowledgedClient:
    def _look(self):
        if self._is_at_end and not self._is_to_tell and not self._words:
            self._end()
