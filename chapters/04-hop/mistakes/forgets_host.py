# step: 1
# file: reverseproxy/hop.py
# message: Connection: Host was accepted
# why: what Connection names is dropped, and so is the question whether it may be named


def check_request(method, fields):
    values = {name.lower(): value.strip(b" \t").lower() for name, value in fields}
    coding = values.get(b"transfer-encoding", b"")
    length = values.get(b"content-length", b"0")
    if coding not in (b"", b"chunked"):
        raise RequestRefused(f"the transfer coding {coding!r} is not understood")
    if b"upgrade" in values.get(b"connection", b"") and (coding or length != b"0"):
        raise RequestRefused("an upgrade with a body cannot be passed on")
