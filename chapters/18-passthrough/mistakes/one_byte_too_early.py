# step: 2
# file: reverseproxy/client_hello.py
# message: it has 16384 bytes, which are allowed, and it was read as
# why: the first byte has number 0


def record_end(data, at):
    header = data[at : at + HEADER]
    if not HANDSHAKE.startswith(header[: len(HANDSHAKE)]):
        raise HelloRefused("something else in the middle of its ClientHello", UNEXPECTED_MESSAGE)
    if len(header) < HEADER:
        return None
    length = int.from_bytes(header[3:])
    if not length:
        raise HelloRefused("an empty record in its ClientHello")
    if at + HEADER + length >= LONGEST:
        raise HelloRefused(f"its ClientHello does not end within {LONGEST} bytes")
    return at + HEADER + length
