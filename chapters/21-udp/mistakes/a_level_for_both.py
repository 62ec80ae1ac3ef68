# step: 4
# file: reverseproxy/udp/listener.py
# message: for IPv6 the kernel is told one thing, (41, 50), and it was [(0, 50
# why: both are IP


def sent_from(local):
    if len(local) == 4:
        return [(socket.IPPROTO_IP, IP_PKTINFO, IPV4.pack(0, local, bytes(4)))]
    if len(local) == 16:
        return [(socket.IPPROTO_IP, socket.IPV6_PKTINFO, IPV6.pack(local, 0))]
    return []
