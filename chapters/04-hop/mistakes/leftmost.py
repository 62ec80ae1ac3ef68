# step: 4
# file: reverseproxy/forwarded.py
# message: the leftmost address was believed, and a stranger wrote it
# why: "the first address is the client" is in every tutorial, and true as long as nobody lies


def believed_chain(peer, claimed, trusted):
    addresses = [ip(claim) for claim in claimed]
    if peer not in trusted or None in addresses:
        return [peer]
    return [*map(str, addresses), peer]
