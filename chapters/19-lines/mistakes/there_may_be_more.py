# step: 2
# file: reverseproxy/lines/queue.py
# message: did not ask for another one, and was called for b
# why: who takes one will want the next one too


class Queue:
    def take(self, call):
        if self._is_closed:
            return None
        self._takers.append(call)
        if not self._batches:
            return None
        batch = self._batches.popleft()
        self.wake_giver()
        return batch
