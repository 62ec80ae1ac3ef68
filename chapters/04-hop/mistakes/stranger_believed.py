# step: 4
# file: reverseproxy/forwarded.py
# message: a stranger's claim was believed
# why: the walk looks at the addresses in the list, and forgets to ask who handed it over


def believed_chain(peer, claimed, trusted):
    chain = [peer]
    for claim in reversed(claimed):
        address = ip(claim)
        if address is None:
            break
        chain.insert(0, str(address))
        if chain[0] not in trusted:
            break
    return chain
