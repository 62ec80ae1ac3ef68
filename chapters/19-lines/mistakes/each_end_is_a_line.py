# step: 1
# file: reverseproxy/lines/cutter.py
# message: nothing has begun when the stream ends
# why: the last line gets an end, and so does the one that is not there


class Cutter:
    def end(self):
        last = bytes(self._rest)
        self._rest.clear()
        return b"" if self._is_skipping else last + b"\n"
