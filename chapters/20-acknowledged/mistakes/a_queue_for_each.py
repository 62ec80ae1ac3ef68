# step: 4
# file: reverseproxy/lines/serving.py
# message: 3 lines are on their way, and 7 wait, and 17 are pending
# why: each worker has a queue


class Serving:
    @property
    def pending(self):
        kept = self._store.lines if self._store else 0
        waiting_lines = sum(queue.lines for queue in self._queues)
        return kept + waiting_lines + sum(worker.lines for worker in self._workers)
