# step: 3
# file: reverseproxy/udp/talk.py
# message: ::ffff:192.0.2.7 is b'192.0.2.7' as an address
# why: an address is a text already


def key_of(client, key):
    if key is None:
        return b""
    text = client[0].partition("%")[0]
    return (f"{text}:{client[1]}" if key.kind == "address-port" else text).encode()
