# step: 2
# file: reverseproxy/proxy_protocol/binary.py
# message: bytes of records are in order, and were refused
# why: the addresses of IPv4 have 12 bytes, neither more nor less


def introduction(family, header):
    addresses, transport = family >> 4, family & 0xF
    if addresses not in (0, *SIZES) or transport not in (0, *TRANSPORTS):
        raise NotIntroduced(f"a PROXY header with family {family:#04x}")
    if not addresses or not transport:
        return UNKNOWN
    if len(header) != FIXED + SIZES[addresses]:
        raise NotIntroduced("a PROXY header that is too short for its addresses")
    check_records(header, FIXED + SIZES[addresses])
    if family not in TCP:
        return UNKNOWN
    source, destination, *ports = TCP[family].unpack_from(header, FIXED)
    return Introduction(str(ip_address(source)), ports[0], str(ip_address(destination)), ports[1])
