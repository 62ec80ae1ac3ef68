# step: 2
# file: reverseproxy/policies/least_connections.py
# message: one of 1000 with different loads: loads were compared
# why: the keys of the queues are the loads, so a list of them can be made when it is needed


class LeastConnections:
    def select(self, upstreams, accepts):
        if upstreams is not self._of:
            self._learn(upstreams)
        for load in sorted(self._queues):
            queue = self._queues[load]
            for upstream in queue:
                if accepts(upstream):
                    queue.move_to_end(upstream)
                    return upstream
        return None

    def _insert(self, upstream):
        load = self._load[upstream] = load_of(upstream)
        self._queues[load][upstream] = None

    def _remove(self, upstream):
        load = self._load.pop(upstream, None)
        if load is None:
            return
        del self._queues[load][upstream]
        if not self._queues[load]:
            del self._queues[load]
