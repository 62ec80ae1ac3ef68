# step: 1
# file: reverseproxy/lines/acknowledged.py
# message: 0 bytes of 63 are on their way: has_room is False
# why: a batch has 16 KiB, and must not make it too much


class Acknowledged:
    @property
    def has_room(self):
        return self._bytes + 16_384 <= self._window
