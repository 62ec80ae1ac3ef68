# step: 2
# file: reverseproxy/retry.py
# message: a retry that was refused had been counted as one that was made
# why: notes the wish first and then looks whether it can be granted


class Budget:
    def spend(self):
        now = self._clock()
        self._retries.add(1, now)
        afford = self._ratio * self._requests.total(now) + self._reserve
        return self._retries.total(now) <= afford
