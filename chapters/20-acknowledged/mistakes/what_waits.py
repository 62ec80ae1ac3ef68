# step: 4
# file: reverseproxy/lines/serving.py
# message: 3 lines are on their way, and 7 wait, and 7 are pending
# why: what has been sent is pending no more


class Serving:
    @property
    def pending(self):
        kept = self._store.lines if self._store else 0
        return kept + sum(queue.lines for queue in set(self._queues))
