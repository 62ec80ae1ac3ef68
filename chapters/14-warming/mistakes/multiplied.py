# step: 3
# file: reverseproxy/health/panic.py
# message: exactly at the threshold, and in panic
# why: multiplied, nobody can divide by 0


class PanicMode:
    def is_on(self):
        there, wanted = len(self._available), self._available.wanted
        is_on = there < self._threshold * wanted
        if is_on is not self._was_on:
            self._was_on = is_on
            if is_on:
                logger.warning("panic: %d of %d are available; all get requests", there, wanted)
            else:
                logger.warning("no panic any more: %d of %d are available", there, wanted)
        return is_on
