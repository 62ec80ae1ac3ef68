"""Which site is asked for: the Host field, and a request target that names a site itself."""

import re
from dataclasses import replace

from reverseproxy.errors import RequestRefused
from reverseproxy.message import RequestHead

# A name, an IPv4 address, or an IPv6 address in brackets; then, perhaps, a port. No user.
AUTHORITY = re.compile(rb"(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{0,5})?", re.IGNORECASE)

# scheme "://" authority, and what stands behind it.
ABSOLUTE = re.compile(rb"([a-z][a-z0-9+.-]*)://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)


def origin_form(head: RequestHead) -> RequestHead:
    """The head with its target as path and query, and with the Host that is asked for.

    A target that names a site (`GET http://fid.dev/foo`) is worth more than Host, and replaces it.
    `OPTIONS *` stays as it is: it asks for no path.

    Raises RequestRefused for a Host that is missing, doubled or none, and for any other target.

    Source: RFC 9112, sections 3.2 and 3.3.
    """
    check_host(head)
    if found := ABSOLUTE.fullmatch(head.target):
        head = relative(head, *found.groups())
    if b"#" in head.target:
        raise RequestRefused("the target holds a fragment, which never leaves a browser")
    is_ping = head.method == "OPTIONS" and head.target == b"*"
    if not head.target.startswith(b"/") and not is_ping:
        raise RequestRefused(f"the target {head.target!r} is neither a path nor a URL")
    return head


def check_host(head: RequestHead) -> None:
    """Raises RequestRefused unless there is one Host, and a good one; only HTTP/1.1 needs one."""
    hosts = head.values(b"host")
    if not hosts and head.version != "1.1":
        return
    if len(hosts) != 1:
        raise RequestRefused(f"there are {len(hosts)} Host lines, and there must be one")
    if not AUTHORITY.fullmatch(hosts[0]):
        raise RequestRefused(f"Host: {hosts[0]!r} names no site")


def relative(head: RequestHead, scheme: bytes, authority: bytes, rest: bytes) -> RequestHead:
    """The head of a request for `scheme://authority` + `rest`, as one for a path of that site."""
    if scheme.lower() != head.scheme.encode() or not AUTHORITY.fullmatch(authority):
        raise RequestRefused(f"{scheme!r}, {authority!r} is no site that can be asked for here")
    others = [field for field in head.fields if field[0].lower() != b"host"]
    if not rest and head.method == "OPTIONS":
        rest = b"*"
    elif not rest.startswith(b"/"):
        rest = b"/" + rest
    return replace(head, target=rest, fields=[(b"Host", authority), *others])
