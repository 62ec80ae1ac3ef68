# step: 3
# file: reverseproxy/health/record.py
# message: 30 s without a failure, and nothing is forgiven
# why: forgiving seems to be what readmitting does


class Record:
    def forgive(self, now):
        self._since = now
