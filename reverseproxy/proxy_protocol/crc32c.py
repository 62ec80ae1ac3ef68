"""CRC-32C: the checksum of SCTP, of iSCSI, and of the PROXY protocol."""

POLYNOMIAL = 0x82F63B78
"""Castagnoli's, with its bits in reverse."""


def crc32c(data: bytes) -> int:
    """The CRC-32C of `data`.

    Source: RFC 4960, appendix B; the check value of "123456789" is 0xE3069283.
    """
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def entry(byte: int) -> int:
    """What one byte does to the checksum."""
    for _ in range(8):
        byte = byte >> 1 ^ (POLYNOMIAL if byte & 1 else 0)
    return byte


TABLE = tuple(map(entry, range(256)))
