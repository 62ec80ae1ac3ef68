# step: 1
# file: reverseproxy/hop.py
# message: check_request overlooked Host in one of 2 lines
# why: the dict of the old code is kept, and a dict has one line of each name


def check_request(method, fields):
    values = {name.lower(): value.strip(b" \t").lower() for name, value in fields}
    codings = values.get(b"transfer-encoding", b"")
    options = connection_options(values.items())
    if codings not in (b"", b"chunked"):
        raise RequestRefused(f"the transfer coding {codings!r} is not understood")
    if b"upgrade" in options and (codings or values.get(b"content-length", b"0") != b"0"):
        raise RequestRefused("an upgrade with a body cannot be passed on")
    for name in options:
        if name in NEVER_HOP_BY_HOP or is_claim(name):
            raise RequestRefused(f"Connection names {name!r}, which is not the connection's own")
