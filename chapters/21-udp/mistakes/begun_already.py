# step: 3
# file: reverseproxy/udp/talk.py
# message: four uses that nobody has begun yet, and 4 are counted as begun
# why: whoever gets it wants to use it


def leased(talk, target):
    key = key_of(talk.client, target.key)
    try:
        lease = target.lease(key, tried=talk.refused)
    except NoUpstreamAvailable:
        if not talk.refused:
            raise
        talk.refused = ()
        lease = target.lease(key)
    lease.__enter__()
    return lease
