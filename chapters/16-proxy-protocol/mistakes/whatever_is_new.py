# step: 2
# file: reverseproxy/proxy_protocol/binary.py
# message: and it was accepted
# why: a later version of the protocol will have more families


def introduction(family, header):
    addresses, transport = family >> 4, family & 0xF
    if addresses not in SIZES or transport not in TRANSPORTS:
        return UNKNOWN
    if len(header) < FIXED + SIZES[addresses]:
        raise NotIntroduced("a PROXY header that is too short for its addresses")
    check_records(header, FIXED + SIZES[addresses])
    if family not in TCP:
        return UNKNOWN
    source, destination, *ports = TCP[family].unpack_from(header, FIXED)
    return Introduction(str(ip_address(source)), ports[0], str(ip_address(destination)), ports[1])
