# step: 4
# file: reverseproxy/udp/listener.py
# message: what leaves from 192.0.2.7 has it in the middle, and there is 0.0.0.0
# why: the address of a header is the last of the three


def sent_from(local):
    if len(local) == 4:
        return [(socket.IPPROTO_IP, IP_PKTINFO, IPV4.pack(0, bytes(4), local))]
    if len(local) == 16:
        return [(socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, IPV6.pack(local, 0))]
    return []
