# step: 3
# file: reverseproxy/health/panic.py
# message: threshold 0.5, 2 of 4 available: is_on() is True
# why: at the threshold it is high time


class PanicMode:
    def is_on(self):
        there, wanted = len(self._available), self._available.wanted
        is_on = wanted > 0 and self._threshold > 0 and there / wanted <= self._threshold
        if is_on is not self._was_on:
            self._was_on = is_on
            if is_on:
                logger.warning("panic: %d of %d are available; all get requests", there, wanted)
            else:
                logger.warning("no panic any more: %d of %d are available", there, wanted)
        return is_on
