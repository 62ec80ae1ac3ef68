# step: 2
# file: reverseproxy/lines/queue.py
# message: the queue was longer than full, is still full
# why: where one leaves, one may come


class Queue:
    def take(self, call):
        if self._is_closed:
            return None
        if not self._batches:
            self._takers.append(call)
            return None
        batch = self._batches.popleft()
        self._givers.wake(lambda: True)
        return batch
