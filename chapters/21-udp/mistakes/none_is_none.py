# step: 4
# file: reverseproxy/udp/listener.py
# message: none of them says an address, and it was read as None
# why: nothing was found


def sent_to(ancillary):
    for level, kind, data in ancillary:
        if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
            _, ours, header = IPV4.unpack(data)
            return ours if any(ours) else header
        if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            return IPV6.unpack(data)[0]
    return None
