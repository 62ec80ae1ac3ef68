# step: 3
# file: reverseproxy/health/schedule.py
# message: 50 proxies, and their first probe of one upstream is at
# why: evenly is evenly, and one proxy alone looks fine


class Schedule:
    def _spread(self, checks, now):
        for number, check in enumerate(checks):
            self._push(now + check.settings.interval * number / len(checks), check)
