# step: 2
# file: reverseproxy/policies/least_connections.py
# message: the list changed, and the turns began anew
# why: to learn a list is easiest from nothing


class LeastConnections:
    def _learn(self, upstreams):
        for upstream in list(self._load):
            self._remove(upstream)
        for upstream in upstreams:
            self._insert(upstream)
        self._of = upstreams
