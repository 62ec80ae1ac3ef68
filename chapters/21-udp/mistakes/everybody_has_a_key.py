# step: 3
# file: reverseproxy/udp/talk.py
# message: for a key that is None, it raised AttributeError
# why: what is not looked at may be anything


def key_of(client, key):
    port = f":{client[1]}" if key.kind == "address-port" else ""
    return f"{ip(client[0])}{port}".encode()
