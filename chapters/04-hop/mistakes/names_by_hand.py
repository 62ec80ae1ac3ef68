# step: 1
# file: reverseproxy/hop.py
# message: and is_claim was not asked about it
# why: the fields that one has heard of are few, and is_claim knows a prefix and two spellings


def check_request(method, fields):
    lines = [(name.lower(), value.strip(b" \t").lower()) for name, value in fields]
    codings = [value for name, value in lines if name == b"transfer-encoding"]
    options = connection_options(lines)
    length = dict(lines).get(b"content-length", b"0")
    if codings not in ([], [b"chunked"]):
        raise RequestRefused(f"the transfer codings {codings!r} are not understood")
    if b"upgrade" in options and (codings or length != b"0"):
        raise RequestRefused("an upgrade with a body cannot be passed on")
    if options & (NEVER_HOP_BY_HOP | {b"forwarded", b"x-forwarded-for"}):
        raise RequestRefused("Connection names what is not the connection's own")
