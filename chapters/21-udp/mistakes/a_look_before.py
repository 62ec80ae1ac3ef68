# step: 3
# file: reverseproxy/udp/talk.py
# message: four clients by turns go to 1 2 3 1, and it was 2
# why: first see whether there is one, and then take it


def leased(talk, target):
    key = key_of(talk.client, target.key)
    try:
        target.select_upstream(key, tried=talk.refused)
    except NoUpstreamAvailable:
        talk.refused = ()
    return target.lease(key, tried=talk.refused)
