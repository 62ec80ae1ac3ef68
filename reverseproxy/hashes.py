"""Hashes that come out the same in every process, as Python's own do not."""

from hashlib import blake2b


def hash64(text: bytes, number: int) -> int:
    """A number of 64 bits that is the same in every process; `number` says which of many hashes."""
    return int.from_bytes(blake2b(text, digest_size=8, salt=b"%d" % number).digest(), "little")
