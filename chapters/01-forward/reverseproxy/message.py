"""What HTTP messages are made of."""

Field = tuple[bytes, bytes]
"""One line of a header section: name and value, as bytes."""
