# step: 2
# file: reverseproxy/lines/queue.py
# message: and somebody who has asked since then was called
# why: close has emptied it, so there is nothing that it could give out


class Queue:
    def take(self, call):
        if not self._batches:
            self._takers.append(call)
            return None
        batch = self._batches.popleft()
        self.wake_giver()
        return batch
