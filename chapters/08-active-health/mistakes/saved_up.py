# step: 3
# file: reverseproxy/health/schedule.py
# message: probes at once after a pause
# why: each probe moves the time of the next one, and nobody looks how far behind it is


class Schedule:
    def take(self, now):
        if self.wait(now) != 0.0:
            return None
        check = heapq.heappop(self._heap)[2]
        settings = check.settings
        jitter = self._random.uniform(1 - settings.jitter, 1 + settings.jitter)
        self._push(now + settings.interval * jitter, check)
        self._free_at += 1 / self._max_rate
        return check
