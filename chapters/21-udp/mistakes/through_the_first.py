# step: 4
# file: reverseproxy/udp/listener.py
# message: which interface, the kernel decides, and it was told: number 1
# why: interfaces are counted from 1


def sent_from(local):
    if len(local) == 4:
        return [(socket.IPPROTO_IP, IP_PKTINFO, IPV4.pack(1, local, bytes(4)))]
    if len(local) == 16:
        return [(socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, IPV6.pack(local, 1))]
    return []
