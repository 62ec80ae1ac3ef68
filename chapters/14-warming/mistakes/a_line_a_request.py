# step: 3
# file: reverseproxy/health/panic.py
# message: lines, the first of them
# why: a panic is worth a line in the log


class PanicMode:
    def is_on(self):
        there, wanted = len(self._available), self._available.wanted
        is_on = wanted > 0 and there / wanted < self._threshold
        if is_on:
            logger.warning("panic: %d of %d are available; all get requests", there, wanted)
        return is_on
