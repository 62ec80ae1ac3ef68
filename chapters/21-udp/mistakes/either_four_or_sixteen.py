# step: 4
# file: reverseproxy/udp/listener.py
# message: there is no address to say, and the kernel was told
# why: an address that is not one of IPv4 is one of IPv6


def sent_from(local):
    if len(local) == 4:
        return [(socket.IPPROTO_IP, IP_PKTINFO, IPV4.pack(0, local, bytes(4)))]
    return [(socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, IPV6.pack(local, 0))]
