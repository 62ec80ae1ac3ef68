# step: 2
# file: reverseproxy/client_hello.py
# message: is one of TLS, and it was read as
# why: all clients write 3.1 there, whatever they speak


def record_end(data, at):
    header = data[at : at + HEADER]
    if not b"\x16\x03\x01".startswith(header[:3]):
        raise HelloRefused("something else in the middle of its ClientHello", UNEXPECTED_MESSAGE)
    if len(header) < HEADER:
        return None
    length = int.from_bytes(header[3:])
    if not length:
        raise HelloRefused("an empty record in its ClientHello")
    if at + HEADER + length > LONGEST:
        raise HelloRefused(f"its ClientHello does not end within {LONGEST} bytes")
    return at + HEADER + length
