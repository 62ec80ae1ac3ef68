# step: 2
# file: reverseproxy/client_hello.py
# message: says that it is too long, and it was read as: more
# why: first the record has to be there, and then it is looked at


def record_end(data, at):
    header = data[at : at + HEADER]
    if not HANDSHAKE.startswith(header[: len(HANDSHAKE)]):
        raise HelloRefused("something else in the middle of its ClientHello", UNEXPECTED_MESSAGE)
    if len(header) < HEADER or len(data) < at + HEADER + int.from_bytes(header[3:]):
        return None
    length = int.from_bytes(header[3:])
    if not length:
        raise HelloRefused("an empty record in its ClientHello")
    if at + HEADER + length > LONGEST:
        raise HelloRefused(f"its ClientHello does not end within {LONGEST} bytes")
    return at + HEADER + length
