# step: 2
# file: reverseproxy/lines/queue.py
# message: and the client that waits was not called
# why: it is about batches; that clients wait at the other side is forgotten


class Queue:
    def take(self, call):
        if self._is_closed:
            return None
        if not self._batches:
            self._takers.append(call)
            return None
        return self._batches.popleft()
