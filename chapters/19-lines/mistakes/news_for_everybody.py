# step: 2
# file: reverseproxy/lines/queue.py
# message: no batch came back, and somebody who waits
# why: whoever finds nothing asks again, and has lost its place


class Queue:
    def put_back(self, batches):
        self._batches.extendleft(reversed(batches))
        waiting = list(self._takers._calls)
        self._takers.clear()
        for call in waiting:
            call()
