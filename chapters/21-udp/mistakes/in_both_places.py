# step: 4
# file: reverseproxy/udp/listener.py
# message: the third field is not ours to fill
# why: there are two addresses, and both are this one


def sent_from(local):
    if len(local) == 4:
        return [(socket.IPPROTO_IP, IP_PKTINFO, IPV4.pack(0, local, local))]
    if len(local) == 16:
        return [(socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, IPV6.pack(local, 0))]
    return []
