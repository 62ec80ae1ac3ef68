# step: 4
# file: reverseproxy/udp/listener.py
# message: the header says 192.0.2.7, and ours nobody has noted, and it says 0.0.0.0
# why: ours is what answers leave from, and the kernel always says it


def sent_to(ancillary):
    for level, kind, data in ancillary:
        if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
            _, ours, _ = IPV4.unpack(data)
            return ours
        if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            return IPV6.unpack(data)[0]
    return b""
