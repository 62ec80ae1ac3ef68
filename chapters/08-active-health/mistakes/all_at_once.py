# step: 3
# file: reverseproxy/health/schedule.py
# message: first probes fell into one tenth of a second
# why: the sooner all are known, the better


class Schedule:
    def _spread(self, checks, now):
        for check in checks:
            self._push(now + self._random.random() * 0.01, check)
