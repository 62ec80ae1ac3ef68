# step: 2
# file: reverseproxy/policies/least_connections.py
# message: weight 0 and idle is less than something
# why: a division by zero has to be something, and zero is a number


def load_of(upstream):
    return upstream.in_flight / upstream.weight if upstream.weight else 0.0
