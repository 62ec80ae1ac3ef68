# step: 2
# file: reverseproxy/health/record.py
# message: one failure in forty was too much
# why: five are five


class Record:
    def is_too_much(self, now):
        if self._in_a_row >= self._settings.consecutive:
            return True
        return self._failed.total(now) >= self._settings.failures
