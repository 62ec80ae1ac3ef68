# step: 4
# file: reverseproxy/udp/listener.py
# message: it was sent to 192.0.2.255, where we are 192.0.2.7, and it says 192.0.2.255
# why: where a datagram is sent to stands in its header


def sent_to(ancillary):
    for level, kind, data in ancillary:
        if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
            _, _, header = IPV4.unpack(data)
            return header
        if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            return IPV6.unpack(data)[0]
    return b""
