# step: 4
# file: reverseproxy/policies/weighted.py
# message: 129 upstreams, the first of weight 2: SmoothWeighted
# why: the smoothest is the best


def way_for(upstreams):
    if len({upstream.weight for upstream in upstreams}) == 1:
        return RoundRobin
    return SmoothWeighted
