# step: 4
# file: reverseproxy/forwarded.py
# message: the walk went on to the left of the first stranger
# why: one keeps what is trusted and leaves out the rest, as if order meant nothing


def believed_chain(peer, claimed, trusted):
    if peer not in trusted or not claimed:
        return [peer]
    addresses = [str(address) for address in map(ip, claimed) if address]
    inside = [address for address in addresses[:-1] if address in trusted]
    outside = [address for address in addresses if address not in trusted]
    return [*(outside or addresses)[-1:], *inside, peer]
