# step: 2
# file: reverseproxy/retry.py
# message: 101 retries were given out of 100
# why: compares what was spent before, and not what will have been spent then


class Budget:
    def spend(self):
        now = self._clock()
        afford = self._ratio * self._requests.total(now) + self._reserve
        if self._retries.total(now) > afford:
            return False
        self._retries.add(1, now)
        return True
