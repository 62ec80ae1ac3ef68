# step: 3
# file: reverseproxy/health/schedule.py
# message: the jitter goes to one side only
# why: a random extra is the simplest jitter


class Schedule:
    def take(self, now):
        if self.wait(now) != 0.0:
            return None
        check = heapq.heappop(self._heap)[2]
        settings = check.settings
        late = self._random.uniform(0, settings.jitter)
        self._push(now + settings.interval * (1 + late), check)
        self._free_at = max(self._free_at, now - CATCH_UP) + 1 / self._max_rate
        return check
