# step: 1
# file: reverseproxy/lines/cutter.py
# message: ends behind thorn, which gets its end now
# why: a proxy passes on what it got


class Cutter:
    def end(self):
        last = bytes(self._rest)
        self._rest.clear()
        return last
