# step: 3
# file: reverseproxy/udp/talk.py
# message: ::ffff:192.0.2.7 is b'192.0.2.7:5353' as an address-port, and it was b'::ffff:
# why: an address and a port are what the client's address is, as it is


def key_of(client, key):
    if key is None:
        return b""
    host, port = client[:2]
    if key.kind == "address-port":
        return f"{host}:{port}".encode()
    return str(ip(host)).encode()
