# step: 2
# file: reverseproxy/policies/least_connections.py
# message: and the one with 2 was chosen
# why: a new load is mostly a higher one, so its place is at the end


class LeastConnections:
    def _insert(self, upstream):
        load = self._load[upstream] = load_of(upstream)
        if load not in self._queues:
            self._loads.append(load)
        self._queues[load][upstream] = None
