# step: 4
# file: reverseproxy/udp/listener.py
# message: those of other levels and kinds are to be passed by, and it raised
# why: 8 is IP_PKTINFO, and 50 is IPV6_PKTINFO


def sent_to(ancillary):
    for _, kind, data in ancillary:
        if kind == IP_PKTINFO:
            _, ours, header = IPV4.unpack(data)
            return ours if any(ours) else header
        if kind == socket.IPV6_PKTINFO:
            return IPV6.unpack(data)[0]
    return b""
