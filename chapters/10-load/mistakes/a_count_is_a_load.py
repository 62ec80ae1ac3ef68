# step: 2
# file: reverseproxy/policies/least_connections.py
# message: and in flight are
# why: connections are what its name says


def load_of(upstream):
    return float(upstream.in_flight) if upstream.weight else float("inf")
