# step: 5
# file: reverseproxy/hop.py
# message: the fields are others now, or stand in another order
# why: leaving one field out and adding another is shorter, and puts it at the end


def count_down(head):
    counts = head.values(b"max-forwards")
    if head.method not in ("OPTIONS", "TRACE") or not counts:
        return head
    if len(counts) > 1 or not COUNT.fullmatch(counts[0]):
        raise RequestRefused(f"Max-Forwards {counts!r} is no number")
    left = int(counts[0])
    if left == 0:
        return None
    others = [field for field in head.fields if field[0].lower() != b"max-forwards"]
    return replace(head, fields=[*others, (b"Max-Forwards", b"%d" % (left - 1))])
