# step: 2
# file: reverseproxy/lines/queue.py
# message: it found nothing and waits, a batch is brought, and it was not called
# why: there is a method for those who wait; it is for those who wait for room


class Queue:
    def take(self, call):
        if self._is_closed:
            return None
        if not self._batches:
            self.wait_for_room(call)
            return None
        batch = self._batches.popleft()
        self.wake_giver()
        return batch
