# step: 5
# file: reverseproxy/hop.py
# message: a GET was counted
# why: the field looks as if it meant every request, and RFC 9110 gives it to two methods


def count_down(head):
    counts = head.values(b"max-forwards")
    if not counts:
        return head
    if len(counts) > 1 or not COUNT.fullmatch(counts[0]):
        raise RequestRefused(f"Max-Forwards {counts!r} is no number")
    left = int(counts[0])
    if left == 0:
        return None
    fields = [
        (name, b"%d" % (left - 1) if name.lower() == b"max-forwards" else value)
        for name, value in head.fields
    ]
    return replace(head, fields=fields)
