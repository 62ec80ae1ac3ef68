# step: 2
# file: reverseproxy/lines/queue.py
# message: to three who waited, and they got [['b'], ['a'], []]
# why: who is called looks at once, and the others are not in their places


class Queue:
    def put_back(self, batches):
        for batch in reversed(batches):
            self._batches.appendleft(batch)
            self._wake_taker()
