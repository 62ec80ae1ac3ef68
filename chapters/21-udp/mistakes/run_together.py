# step: 3
# file: reverseproxy/udp/talk.py
# message: 192.0.2.7:5353, and was b'192.0.2.75353'
# why: whether there is something in between, a hash does not mind


def key_of(client, key):
    if key is None:
        return b""
    port = str(client[1]) if key.kind == "address-port" else ""
    return f"{ip(client[0])}{port}".encode()
