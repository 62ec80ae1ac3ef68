# step: 1
# file: reverseproxy/policies/ring.py
# message: it is hashed as another one at its host is
# why: a name is a host and a port


def ring_of(upstreams):
    owners = {}
    for upstream in upstreams:
        for place in points(upstream.authority.decode(), upstream.weight):
            owners.setdefault(place, upstream)
    places = sorted(owners)
    holders = sum(upstream.weight > 0 for upstream in upstreams)
    return Points(places, [owners[place] for place in places], holders)
