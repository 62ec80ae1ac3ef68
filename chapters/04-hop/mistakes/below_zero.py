# step: 5
# file: reverseproxy/hop.py
# message: Max-Forwards: 0 was sent on
# why: counting down is the easy half; the field is there for its end


def count_down(head):
    counts = head.values(b"max-forwards")
    if head.method not in ("OPTIONS", "TRACE") or not counts:
        return head
    if len(counts) > 1 or not COUNT.fullmatch(counts[0]):
        raise RequestRefused(f"Max-Forwards {counts!r} is no number")
    fields = [
        (name, b"%d" % (int(counts[0]) - 1) if name.lower() == b"max-forwards" else value)
        for name, value in head.fields
    ]
    return replace(head, fields=fields)
