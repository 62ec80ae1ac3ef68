"""Step 2: a list, not a dict."""

import pytest

from reverseproxy.hop import end_to_end
from tests.support.steps import step


@step(2)
def test_every_line_of_a_repeated_field_travels_on() -> None:
    """Two Set-Cookie lines go in, two come out, in the same order.

    Why: a login often sets two cookies at once. Keep one, and somebody is logged out; join them
    with a comma, and neither can be read (RFC 9110, section 5.3).
    Read: Step 2, "A list, not a dict".
    """
    fields = [(b"Set-Cookie", b"a=1"), (b"ETag", b'"x"'), (b"Set-Cookie", b"b=2")]

    travelled = end_to_end(fields)

    cookies = [value for name, value in travelled if name.lower() == b"set-cookie"]
    if cookies == [b"b=2"]:
        pytest.fail("only the last Set-Cookie travelled on: was there a dict?")
    assert len(cookies) == 2, f"of two Set-Cookie lines, {len(cookies)} travelled on"
    assert travelled == fields


@step(2)
def test_names_and_values_are_left_as_they_are() -> None:
    """Case, spaces inside, empty values and bytes beyond ASCII come out as they went in.

    Why: a proxy that tidies up what it does not understand breaks what somebody else does
    understand: a signature over the fields, for one.
    Read: Step 2, "A list, not a dict".
    """
    fields = [(b"X-Empty", b""), (b"x-CASE", b"Two  Spaces"), (b"X-Bytes", b"caf\xe9")]
    assert end_to_end(fields) == fields


@step(2)
def test_fields_of_one_connection_stay_on_it() -> None:
    """Connection, Transfer-Encoding and the others of HOP_BY_HOP do not travel on.

    Why: they are about the connection they came on. The other connection has its own length, its
    own framing and its own lifetime, and a promise made for one would be a lie on the other.
    Read: Step 2, "A list, not a dict".
    """
    fields = [
        (b"host", b"example.org"),
        (b"connection", b"close"),
        (b"transfer-encoding", b"chunked"),
        (b"upgrade", b"h2c"),
        (b"te", b"trailers"),
    ]
    assert end_to_end(fields) == [(b"host", b"example.org")]


@step(2)
def test_names_are_compared_without_regard_to_case() -> None:
    """CONNECTION, Connection and connection are one field.

    Why: field names are case-insensitive (RFC 9110, section 5.1), and upstreams write them as they
    please: your server hands you small letters, an upstream hands you its own.
    Read: Step 2, "A list, not a dict".
    """
    fields = [(b"Connection", b"close"), (b"TRANSFER-ENCODING", b"chunked"), (b"Age", b"7")]
    left = [name for name, _ in end_to_end(fields)]
    assert b"Connection" not in left, "Connection travelled on because of its capital letter"
    assert left == [b"Age"]
