# step: 3
# file: reverseproxy/udp/talk.py
# message: 1 have refused, there are upstreams, and it raised NoUpstreamAvailable
# why: all have refused when as many have refused as there are


def leased(talk, target):
    if len(talk.refused) == len(target.upstreams):
        talk.refused = ()
    return target.lease(key_of(talk.client, target.key), tried=talk.refused)
