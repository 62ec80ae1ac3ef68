# step: 5
# file: reverseproxy/hop.py
# message: a GET was refused for a Max-Forwards that is none of our business
# why: what comes in is checked first and understood afterwards, as one does elsewhere


def count_down(head):
    counts = head.values(b"max-forwards")
    if counts and (len(counts) > 1 or not COUNT.fullmatch(counts[0])):
        raise RequestRefused(f"Max-Forwards {counts!r} is no number")
    if head.method not in ("OPTIONS", "TRACE") or not counts:
        return head
    left = int(counts[0])
    if left == 0:
        return None
    fields = [
        (name, b"%d" % (left - 1) if name.lower() == b"max-forwards" else value)
        for name, value in head.fields
    ]
    return replace(head, fields=fields)
