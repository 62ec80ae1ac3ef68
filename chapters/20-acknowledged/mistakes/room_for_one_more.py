# step: 1
# file: reverseproxy/lines/acknowledged.py
# message: 63 bytes of 63 are on their way: has_room is True
# why: the window is what may be on its way


class Acknowledged:
    @property
    def has_room(self):
        return self._bytes <= self._window
