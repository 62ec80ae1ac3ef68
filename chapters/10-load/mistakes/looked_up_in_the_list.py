# step: 2
# file: reverseproxy/policies/least_connections.py
# message: one of 1000 with different loads: upstreams were looked at
# why: "in" is one word, whether it looks something up or goes through a tuple


class LeastConnections:
    def _move(self, upstream):
        if self._of and upstream in self._of:
            self._remove(upstream)
            self._insert(upstream)
