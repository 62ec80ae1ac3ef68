# step: 3
# file: reverseproxy/lines/acknowledging.py
# message: more may come, and it hears: ACK 1 (an end)
# why: a client that is owed nothing has no need of a connection


class AcknowledgedClient:
    def _look(self):
        if not self._owed and not self._is_to_tell and not self._words:
            self._end()
