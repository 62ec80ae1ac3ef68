# step: 5
# file: reverseproxy/hop.py
# message: Max-Forwards came in 2 lines
# why: two lines that say the same seem to say one thing; joined, as lists are, they say "5, 5"


def count_down(head):
    counts = set(head.values(b"max-forwards"))
    if head.method not in ("OPTIONS", "TRACE") or not counts:
        return head
    count = counts.pop()
    if counts or not COUNT.fullmatch(count):
        raise RequestRefused("Max-Forwards is no number")
    left = int(count)
    if left == 0:
        return None
    fields = [
        (name, b"%d" % (left - 1) if name.lower() == b"max-forwards" else value)
        for name, value in head.fields
    ]
    return replace(head, fields=fields)
