# step: 3
# file: reverseproxy/lines/acknowledging.py
# message: there was no room to tell it of its line, and it was let go
# why: four bytes always go


class AcknowledgedClient:
    def _look(self):
        if self._is_at_end and not self._owed and not self._is_to_tell:
            self._end()
