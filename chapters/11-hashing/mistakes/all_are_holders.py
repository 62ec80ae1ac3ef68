# step: 1
# file: reverseproxy/policies/ring.py
# message: and the ring says
# why: all of them are on the ring


def ring_of(upstreams):
    owners = {}
    for upstream in upstreams:
        for place in points(upstream.name, upstream.weight):
            owners.setdefault(place, upstream)
    places = sorted(owners)
    return Points(places, [owners[place] for place in places], len(upstreams))
