# step: 3
# file: reverseproxy/lines/acknowledging.py
# message: its line was safe in the moment when it ended, and it hears: (an end)
# why: what is safe is owed no more


class AcknowledgedClient:
    def _look(self):
        if self._is_at_end and not self._owed and not self._words:
            self._end()
