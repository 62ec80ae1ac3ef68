# step: 3
# file: reverseproxy/udp/talk.py
# message: both refuse each time, so their turns are 121212, and they were 121111
# why: who has refused has refused


def leased(talk, target):
    key = key_of(talk.client, target.key)
    try:
        return target.lease(key, tried=talk.refused)
    except NoUpstreamAvailable:
        return target.lease(key)
