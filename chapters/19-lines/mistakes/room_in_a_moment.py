# step: 2
# file: reverseproxy/lines/queue.py
# message: each time: [True])
# why: there will be room as soon as this returns


class Queue:
    def take(self, call):
        if self._is_closed:
            return None
        if not self._batches:
            self._takers.append(call)
            return None
        self._givers.wake(lambda: True)
        return self._batches.popleft()
