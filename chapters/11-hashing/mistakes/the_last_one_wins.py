# step: 1
# file: reverseproxy/policies/ring.py
# message: and the second one got it
# why: a dict has one value for a key


def ring_of(upstreams):
    owners = {}
    for upstream in upstreams:
        for place in points(upstream.name, upstream.weight):
            owners[place] = upstream
    places = sorted(owners)
    holders = sum(upstream.weight > 0 for upstream in upstreams)
    return Points(places, [owners[place] for place in places], holders)
