# step: 4
# file: reverseproxy/policies/weighted.py
# message: 129 upstreams, the first weights [2, 1, 1]: SmoothWeighted
# why: the smoothest is the best


def way_for(upstreams):
    if len({upstream.weight for upstream in upstreams}) == 1:
        return RoundRobin
    return SmoothWeighted
