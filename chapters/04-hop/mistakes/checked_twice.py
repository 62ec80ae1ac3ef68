# step: 1
# file: reverseproxy/hop.py
# message: check_request found nothing in a generator: the first walk empties it
# why: connection_options(fields) reads well, below a line that has walked over them already


def check_request(method, fields):
    lines = [(name.lower(), value.strip(b" \t").lower()) for name, value in fields]
    codings = [value for name, value in lines if name == b"transfer-encoding"]
    length = dict(lines).get(b"content-length", b"0")
    if codings not in ([], [b"chunked"]):
        raise RequestRefused(f"the transfer codings {codings!r} are not understood")
    if b"upgrade" in connection_options(lines) and (codings or length != b"0"):
        raise RequestRefused("an upgrade with a body cannot be passed on")
    for name in connection_options(fields):
        if name in NEVER_HOP_BY_HOP or is_claim(name):
            raise RequestRefused(f"Connection names {name!r}, which is not the connection's own")
