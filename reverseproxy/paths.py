"""Paths: what is matched is what is forwarded. All of it works on bytes as they are on the wire."""

import re

from reverseproxy.errors import RequestRefused

# A `%` without two digits behind it stands for itself.
ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})?")

# Letters that mean the same with and without an escape (RFC 3986, section 2.3).
UNRESERVED = re.compile(rb"[A-Za-z0-9._~-]")

# Most paths hold none of these, and need no closer look. Whatever check_path refuses must hold one
# of them, in any spelling: who adds to AMBIGUOUS or DOT_SEGMENT looks here as well.
SUSPECT = re.compile(rb"[.\\]|%2e|%5c|%00", re.IGNORECASE)

# Programs differ in what these mean: a slash, or the end of the text.
AMBIGUOUS = re.compile(rb"\\|%5C|%00")

# One dot or two, from a slash to where some program sees the segment end: at the next slash, at a
# parameter, and, when it decodes before it looks, at a query or a fragment.
DOT_SEGMENT = re.compile(rb"(?:/|%2F)\.\.?(?=/|%2F|;|%3B|%3F|%23|$)")


def canonical(path: bytes) -> bytes:
    """The one spelling of all those that mean this path: for comparing, not for sending.

    Escaped unreserved letters are decoded, and the other escapes get capital digits: /%66oo%2fbar
    is /foo%2Fbar (RFC 3986, sections 6.2.2.1 and 6.2.2.2). Nothing is decoded twice.
    """

    def one_spelling(escape: re.Match[bytes]) -> bytes:
        letter = bytes.fromhex((escape[1] or b"25").decode())
        return letter if UNRESERVED.fullmatch(letter) else b"%%%02X" % letter[0]

    return ESCAPE.sub(one_spelling, path)


def check_path(path: bytes) -> None:
    """Raises RequestRefused for a path that others may read as another one.

    Those hold a dot segment, a backslash or a NUL, written plainly or escaped. A dot segment counts
    also between escaped slashes (%2F), before a parameter (`..;x`), and before an escaped `?` or
    `#`: some programs cut parameters off, and some decode before they take the path apart.
    """
    plain = canonical(path)
    if AMBIGUOUS.search(plain):
        raise RequestRefused("the path holds a backslash or a NUL")
    if DOT_SEGMENT.search(plain):
        raise RequestRefused("the path holds a dot segment")


def without_dots(path: bytes) -> bytes:
    """The canonical path with its dot segments carried out; it never leads above the root.

    Source: RFC 3986, section 5.2.4.
    """
    segments = canonical(path).split(b"/")[1:]
    kept: list[bytes] = []
    for segment in segments:
        if segment == b"..":
            kept = kept[:-1]
        elif segment != b".":
            kept.append(segment)
    if segments and segments[-1] in (b".", b".."):
        kept.append(b"")
    return b"/" + b"/".join(kept)


def join(base: bytes, target: bytes) -> bytes:
    """The request's `target` below `base`; each is a path and perhaps a query.

    One slash at the end of the base's path goes, and everything of the target's path stays. Queries
    are joined by `&`, that of the base first. Nothing is decoded, quoted or tidied.
    """
    base_path, _, base_query = base.partition(b"?")
    path, mark, query = target.partition(b"?")
    both = b"&".join(each for each in (base_query, query) if each)
    return base_path.removesuffix(b"/") + path + (b"?" + both if both else mark)
