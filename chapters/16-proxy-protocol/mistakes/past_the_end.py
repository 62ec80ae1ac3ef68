# step: 2
# file: reverseproxy/proxy_protocol/binary.py
# message: a record is cut, b'\x04\x00\x01', and was accepted
# why: slices end where the bytes end, and nothing breaks


def records(header, start):
    while start < len(header):
        at = start + 3
        end = at + int.from_bytes(header[start + 1 : at])
        if at > len(header):
            raise NotIntroduced("a PROXY header that ends in the middle of a record")
        yield header[start], at, end
        start = end
