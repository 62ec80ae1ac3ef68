"""An end of TLS that is Python's own, and knows no sockets: bytes come in, and bytes go out."""

import contextlib
import ssl
import sys
from collections.abc import Iterator

import pytest

TURNS = 10
"""More than any handshake takes."""


class Speaker:
    """One end. What it returns is to be brought to the other one, and `hears` it there."""

    def __init__(
        self,
        context: ssl.SSLContext,
        *,
        name: str | None = None,
        is_server: bool = False,
        session: ssl.SSLSession | None = None,
    ) -> None:
        self._came, self._going = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._came, self._going, is_server, name, session)
        self.is_ready = False
        """The handshake is over."""
        self.got = b""
        self.has_end = False
        """The other side has said that this was all."""

    def hears(self, data: bytes) -> bytes:
        """Bytes have come. Raises ssl.SSLError when this end refuses them."""
        self._came.write(data)
        with contextlib.suppress(ssl.SSLWantReadError):
            if not self.is_ready:
                self.tls.do_handshake()
                self.is_ready = True
            self._read()
        return self._going.read()

    def _read(self) -> None:
        """Reads all that is there."""
        try:
            while piece := self.tls.read(65_536):
                self.got += piece
            self.has_end = True
        except ssl.SSLZeroReturnError:
            self.has_end = True

    def says(self, data: bytes) -> bytes:
        """Something, encrypted."""
        self.tls.write(data)
        return self._going.read()

    def ends(self) -> bytes:
        """The message that this was all."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.unwrap()
        return self._going.read()

    def alert(self) -> bytes:
        """What is still to be said after an error."""
        return self._going.read()


def meet(
    client: ssl.SSLContext,
    server: ssl.SSLContext,
    name: str | None = "rose.test",
    session: ssl.SSLSession | None = None,
) -> tuple[Speaker, Speaker]:
    """Two ends shake hands. Raises what one of them refuses with, or what a callback raised."""
    one = Speaker(client, name=name, session=session)
    other = Speaker(server, is_server=True)
    with callbacks_told():
        said = one.hears(b"")
        for _ in range(TURNS):
            if not said:
                break
            said = one.hears(other.hears(said))
    return one, other


def is_refused(
    client: ssl.SSLContext, server: ssl.SSLContext, name: str | None = "rose.test"
) -> bool:
    """Whether one of the two refuses the other."""
    try:
        meet(client, server, name)
    except ssl.SSLError:
        return True
    return False


@contextlib.contextmanager
def callbacks_told() -> Iterator[None]:
    """Raises what a callback of TLS has raised: Python would only print that. Fails when somebody
    has forgotten a socket and nothing else went wrong.
    """
    raised: list[BaseException] = []

    def note(said: "sys.UnraisableHookArgs") -> None:
        if said.exc_value:
            raised.append(said.exc_value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "unraisablehook", note)
        is_good = False
        try:
            yield
            is_good = True
        finally:
            errors = [error for error in raised if not isinstance(error, ResourceWarning)]
            if errors:
                raise errors[0]
            if raised and is_good:
                pytest.fail("a connection was made, and then forgotten: nobody has closed it")
