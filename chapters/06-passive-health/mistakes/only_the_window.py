# step: 2
# file: reverseproxy/health/record.py
# message: one request an hour, all fail, and it is never too much
# why: a share of the last ten seconds seems to say it all


class Record:
    def is_too_much(self, now):
        settings = self._settings
        failed = self._failed.total(now)
        return failed >= settings.failures and failed >= settings.ratio * self._ended.total(now)
