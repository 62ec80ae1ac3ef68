# step: 2
# file: reverseproxy/proxy_protocol/binary.py
# message: are cut, and were accepted
# why: the length has been looked at, so the addresses are there


def introduction(family, header):
    addresses, transport = family >> 4, family & 0xF
    if addresses not in (0, *SIZES) or transport not in (0, *TRANSPORTS):
        raise NotIntroduced(f"a PROXY header with family {family:#04x}")
    if not addresses or not transport:
        return UNKNOWN
    check_records(header, FIXED + SIZES[addresses])
    if family not in TCP:
        return UNKNOWN
    wide = header + bytes(SIZES[addresses])
    source, destination, *ports = TCP[family].unpack_from(wide, FIXED)
    return Introduction(str(ip_address(source)), ports[0], str(ip_address(destination)), ports[1])
