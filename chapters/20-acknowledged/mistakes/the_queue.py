# step: 4
# file: reverseproxy/lines/serving.py
# message: 2 lines are on their way, 4 wait in two queues, 4 are pending
# why: there is one queue, for all


class Serving:
    @property
    def pending(self):
        there = self._queues[0].lines + sum(worker.lines for worker in self._workers)
        return there + (self._store.lines if self._store else 0)
