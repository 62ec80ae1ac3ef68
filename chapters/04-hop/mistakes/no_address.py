# step: 4
# file: reverseproxy/forwarded.py
# message: was taken for an address
# why: what is not trusted ends the walk, and `unknown` is not trusted either


def believed_chain(peer, claimed, trusted):
    chain = [peer]
    for claim in reversed(claimed):
        if chain[0] not in trusted:
            break
        chain.insert(0, str(ip(claim) or claim))
    return chain
