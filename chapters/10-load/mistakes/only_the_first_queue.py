# step: 2
# file: reverseproxy/policies/least_connections.py
# message: somebody further behind would take the request, and nobody was chosen
# why: the least busy ones are all in there


class LeastConnections:
    def select(self, upstreams, accepts):
        if upstreams is not self._of:
            self._learn(upstreams)
        queue = self._queues[self._loads[0]]
        for upstream in queue:
            if accepts(upstream):
                queue.move_to_end(upstream)
                return upstream
        return None
