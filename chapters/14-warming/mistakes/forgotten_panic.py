# step: 3
# file: reverseproxy/health/panic.py
# message: panic, then all drained, then panic again
# why: where nobody is wanted there is nothing to say


class PanicMode:
    def is_on(self):
        there, wanted = len(self._available), self._available.wanted
        if not wanted:
            return False
        is_on = there / wanted < self._threshold
        if is_on is not self._was_on:
            self._was_on = is_on
            if is_on:
                logger.warning("panic: %d of %d are available; all get requests", there, wanted)
            else:
                logger.warning("no panic any more: %d of %d are available", there, wanted)
        return is_on
