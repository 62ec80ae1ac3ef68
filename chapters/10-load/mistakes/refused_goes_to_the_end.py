# step: 2
# file: reverseproxy/policies/least_connections.py
# message: one refused once, as it had been tried, and lost its turn
# why: whoever was asked has had its turn


class LeastConnections:
    def select(self, upstreams, accepts):
        if upstreams is not self._of:
            self._learn(upstreams)
        for load in self._loads:
            queue = self._queues[load]
            for _ in range(len(queue)):
                upstream = next(iter(queue))
                queue.move_to_end(upstream)
                if accepts(upstream):
                    return upstream
        return None
