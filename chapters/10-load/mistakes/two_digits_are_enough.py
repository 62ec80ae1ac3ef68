# step: 2
# file: reverseproxy/policies/least_connections.py
# message: 1 in flight at 256 is less than 1 at 255
# why: fractions as keys are dangerous, so they are rounded


def load_of(upstream):
    return round(upstream.in_flight / upstream.weight, 3) if upstream.weight else float("inf")
