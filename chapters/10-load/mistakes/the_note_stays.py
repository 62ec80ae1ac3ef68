# step: 2
# file: reverseproxy/policies/least_connections.py
# message: one left idle and came back idle, and is never chosen again
# why: the queues are what is chosen from, so they are what has to be cleared


class LeastConnections:
    def _move(self, upstream):
        if upstream in self._queues.get(self._load.get(upstream), ()):
            self._remove(upstream)
            self._insert(upstream)

    def _remove(self, upstream):
        load = self._load.get(upstream)
        queue = self._queues.get(load)
        if queue is None or upstream not in queue:
            return
        del queue[upstream]
        if not queue:
            del self._queues[load]
            self._loads.remove(load)
