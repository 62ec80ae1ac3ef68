# step: 2
# file: reverseproxy/lines/queue.py
# message: and they were called [1, 0, 0] times
# why: there is something again, and that is one piece of news


class Queue:
    def put_back(self, batches):
        self._batches.extendleft(reversed(batches))
        if batches:
            self._wake_taker()
