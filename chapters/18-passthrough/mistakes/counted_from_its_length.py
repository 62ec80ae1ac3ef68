# step: 2
# file: reverseproxy/client_hello.py
# message: the record from byte 0 on ends at byte 9, and it was 4
# why: where it begins, and as many bytes as it says


def record_end(data, at):
    header = data[at : at + HEADER]
    if not HANDSHAKE.startswith(header[: len(HANDSHAKE)]):
        raise HelloRefused("something else in the middle of its ClientHello", UNEXPECTED_MESSAGE)
    if len(header) < HEADER:
        return None
    length = int.from_bytes(header[3:])
    if not length:
        raise HelloRefused("an empty record in its ClientHello")
    if at + HEADER + length > LONGEST:
        raise HelloRefused(f"its ClientHello does not end within {LONGEST} bytes")
    return at + length
