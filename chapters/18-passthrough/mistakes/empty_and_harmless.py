# step: 2
# file: reverseproxy/client_hello.py
# message: a record is empty, and it was read as
# why: nothing is in it, so nothing is wrong with it


def record_end(data, at):
    header = data[at : at + HEADER]
    if not HANDSHAKE.startswith(header[: len(HANDSHAKE)]):
        raise HelloRefused("something else in the middle of its ClientHello", UNEXPECTED_MESSAGE)
    if len(header) < HEADER:
        return None
    length = int.from_bytes(header[3:])
    if at + HEADER + length > LONGEST:
        raise HelloRefused(f"its ClientHello does not end within {LONGEST} bytes")
    return at + HEADER + length
