# step: 2
# file: reverseproxy/policies/least_connections.py
# message: the requests of one that left had ended, and it was chosen
# why: to take out somebody who is in no queue is no mistake, so there is nothing to check


class LeastConnections:
    def _move(self, upstream):
        self._remove(upstream)
        self._insert(upstream)
