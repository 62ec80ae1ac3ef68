# step: 3
# file: reverseproxy/udp/talk.py
# message: all have refused, so it is
# why: when all have refused, anybody will do


def leased(talk, target):
    try:
        return target.lease(key_of(talk.client, target.key), tried=talk.refused)
    except NoUpstreamAvailable:
        if not talk.refused:
            raise
        talk.refused = ()
        return target.lease()
