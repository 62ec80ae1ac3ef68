# step: 3
# file: reverseproxy/udp/talk.py
# message: is known by its address, and it was b'192.0.2.7:5353'
# why: a client is an address and a port


def key_of(client, key):
    if key is None:
        return b""
    return f"{ip(client[0])}:{client[1]}".encode()
