# step: 4
# file: reverseproxy/forwarded.py
# message: the stranger wrote his address twice, and 10.9.9.9 was believed
# why: the stranger is found from the right, and `index` then looks from the left


def believed_chain(peer, claimed, trusted):
    if peer not in trusted:
        return [peer]
    start = 0
    for claim in reversed(claimed):
        if ip(claim) is None:
            start = len(claimed) - claimed[::-1].index(claim)
            break
        if claim not in trusted:
            start = claimed.index(claim)
            break
    return [*(str(ip(claim)) for claim in claimed[start:]), peer]
