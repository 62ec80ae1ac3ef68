# step: 1
# file: reverseproxy/hop.py
# message: an upgrade with a body was accepted, because Connection has two lines
# why: the new check is added at the end, and the old one above it still asks a dict


def check_request(method, fields):
    lines = [(name.lower(), value.strip(b" \t").lower()) for name, value in fields]
    codings = [value for name, value in lines if name == b"transfer-encoding"]
    values = dict(lines)
    length = values.get(b"content-length", b"0")
    if codings not in ([], [b"chunked"]):
        raise RequestRefused(f"the transfer codings {codings!r} are not understood")
    if b"upgrade" in values.get(b"connection", b"") and (codings or length != b"0"):
        raise RequestRefused("an upgrade with a body cannot be passed on")
    for name in connection_options(lines):
        if name in NEVER_HOP_BY_HOP or is_claim(name):
            raise RequestRefused(f"Connection names {name!r}, which is not the connection's own")
