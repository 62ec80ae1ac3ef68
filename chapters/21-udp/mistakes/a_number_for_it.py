# step: 3
# file: reverseproxy/udp/talk.py
# message: is known by its address, and it was b'h
# why: Python has a hash for everything, and a number is shorter


def key_of(client, key):
    if key is None:
        return b""
    known = client[:2] if key.kind == "address-port" else client[0]
    return f"h{hash(known)}".encode()
