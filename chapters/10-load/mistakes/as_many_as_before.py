# step: 2
# file: reverseproxy/policies/least_connections.py
# message: one was replaced by an idle one, which was not chosen
# why: a list that somebody joined or left has another length


class LeastConnections:
    def select(self, upstreams, accepts):
        if len(upstreams) != len(self._load):
            self._learn(upstreams)
        for load in self._loads:
            queue = self._queues[load]
            for upstream in queue:
                if accepts(upstream):
                    queue.move_to_end(upstream)
                    return upstream
        return None
