# step: 2
# file: reverseproxy/proxy_protocol/binary.py
# message: a record is cut, b'\x04', and was accepted
# why: a type and a length are three bytes; with fewer left there is no record


def records(header, start):
    while start + 1 < len(header) - 1:
        at = start + 3
        end = at + int.from_bytes(header[start + 1 : at])
        if at > len(header) or end > len(header):
            raise NotIntroduced("a PROXY header that ends in the middle of a record")
        yield header[start], at, end
        start = end
