# step: 4
# file: reverseproxy/udp/listener.py
# message: 127.0.0.2 was asked, and the answer came from 127.0.0.1
# why: the kernel knows from where to answer


def sent_from(local):
    return []
