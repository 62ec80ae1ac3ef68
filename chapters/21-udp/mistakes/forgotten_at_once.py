# step: 3
# file: reverseproxy/udp/talk.py
# message: of 1 that have refused, 0 are remembered
# why: there is another one now, and the old one does not matter any more


def leased(talk, target):
    key, refused = key_of(talk.client, target.key), talk.refused
    talk.refused = ()
    try:
        return target.lease(key, tried=refused)
    except NoUpstreamAvailable:
        return target.lease(key)
