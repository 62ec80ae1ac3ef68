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
    others = [field for field in head.fields if field[0].lower() != b"max-forwards"]
    return replace(head, fields=[*others, (b"Max-Forwards", b"%d" % (left - 1))])
