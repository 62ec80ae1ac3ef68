# step: 2
# file: reverseproxy/health/record.py
# message: every other request fails, and it is never too much
# why: dead is dead, and what is dead fails each time


class Record:
    def is_too_much(self, now):
        return self._in_a_row >= self._settings.consecutive
