# step: 4
# file: reverseproxy/udp/listener.py
# message: it was sent to 2001:db8::7 through interface 1, not to b''
# why: an address is four bytes


def sent_to(ancillary):
    for level, kind, data in ancillary:
        if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
            _, ours, header = IPV4.unpack(data)
            return ours if any(ours) else header
    return b""
