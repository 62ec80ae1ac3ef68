# step: 2
# file: reverseproxy/policies/least_connections.py
# message: a weight grew from 1 to 4, and the load stayed what it was
# why: == is how one compares


class LeastConnections:
    def select(self, upstreams, accepts):
        if upstreams != self._of:
            self._learn(upstreams)
        for load in self._loads:
            queue = self._queues[load]
            for upstream in queue:
                if accepts(upstream):
                    queue.move_to_end(upstream)
                    return upstream
        return None
