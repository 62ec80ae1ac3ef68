# step: 2
# file: reverseproxy/lines/queue.py
# message: now there is room, and one client waits: it was called 0 times
# why: it looks for itself whether there is room, and it looks before there is any


class Queue:
    def take(self, call):
        if self._is_closed:
            return None
        if not self._batches:
            self._takers.append(call)
            return None
        self.wake_giver()
        return self._batches.popleft()
