# step: 2
# file: reverseproxy/lines/queue.py
# message: came back to a closed queue: it has 0
# why: nobody will take them, so why keep them


class Queue:
    def put_back(self, batches):
        if self._is_closed:
            return
        self._batches.extendleft(reversed(batches))
        for _ in batches:
            self._wake_taker()
