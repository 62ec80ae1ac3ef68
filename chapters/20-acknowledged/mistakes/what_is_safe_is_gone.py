# step: 1
# file: reverseproxy/lines/acknowledged.py
# message: 3 batches of 3 lines, ACK 1: has_room is True
# why: what is acknowledged is not on its way


class Acknowledged:
    @property
    def has_room(self):
        first = self._batches[0] if self._batches else None
        safe = len(first.data) - len(first.after(self._into).data) if first else 0
        return self._bytes - safe < self._window
