# step: 2
# file: reverseproxy/lines/queue.py
# message: their order is abcxy, and it was cbaxy
# why: extendleft puts one after the other in front


class Queue:
    def put_back(self, batches):
        self._batches.extendleft(batches)
        for _ in batches:
            self._wake_taker()
