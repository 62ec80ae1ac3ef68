# step: 2
# file: reverseproxy/policies/least_connections.py
# message: of eight requests to four equals they had
# why: the least of all is what min is for


class LeastConnections:
    def select(self, upstreams, accepts):
        takers = [each for each in upstreams if accepts(each)]
        return min(takers, key=load_of) if takers else None

    def _move(self, upstream):
        pass

    def _insert(self, upstream):
        pass

    def _remove(self, upstream):
        pass


def load_of(upstream):
    return upstream.in_flight / upstream.weight if upstream.weight else float("inf")
