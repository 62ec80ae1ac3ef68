# step: 4
# file: reverseproxy/udp/listener.py
# message: among other things it says 192.0.2.7, and what was read is b''
# why: the kernel was asked for one thing, and says one


def sent_to(ancillary):
    if not ancillary:
        return b""
    level, kind, data = ancillary[0]
    if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
        _, ours, header = IPV4.unpack(data)
        return ours if any(ours) else header
    if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
        return IPV6.unpack(data)[0]
    return b""
