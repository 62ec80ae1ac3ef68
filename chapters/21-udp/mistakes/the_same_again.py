# step: 3
# file: reverseproxy/udp/talk.py
# message: all are in maintenance, and it looks for another one over and over
# why: once all is forgotten, it is the same question again


def leased(talk, target):
    try:
        return target.lease(key_of(talk.client, target.key), tried=talk.refused)
    except NoUpstreamAvailable:
        talk.refused = ()
        return leased(talk, target)
