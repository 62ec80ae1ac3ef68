# step: 5
# file: reverseproxy/hop.py
# message: was taken for a number
# why: int() reads +1 and 1_0 as well; HTTP knows digits


def count_down(head):
    counts = head.values(b"max-forwards")
    if head.method not in ("OPTIONS", "TRACE") or not counts:
        return head
    try:
        left = int(counts[0])
    except ValueError as error:
        raise RequestRefused(str(error)) from error
    if left == 0:
        return None
    fields = [
        (name, b"%d" % (left - 1) if name.lower() == b"max-forwards" else value)
        for name, value in head.fields
    ]
    return replace(head, fields=fields)
