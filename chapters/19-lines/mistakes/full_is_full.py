# step: 2
# file: reverseproxy/lines/queue.py
# message: four of four wait, two came back
# why: a queue with a size keeps to it


class Queue:
    def put_back(self, batches):
        for batch in reversed(batches):
            if not self.is_full:
                self._batches.appendleft(batch)
        for _ in batches:
            self._wake_taker()
